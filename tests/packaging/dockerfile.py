"""A Dockerfile, as far as tests ask."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "Dockerfile.cuda"

Step = tuple[str, str]
"""An instruction and the rest of its line."""


def stages() -> list[list[Step]]:
    """The instructions of each stage, continued lines joined, each stage beginning with FROM."""
    text = DOCKERFILE.read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    found: list[list[Step]] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            found.append([])
        found[-1].append((instruction, rest.strip()))
    return found


def of(stage: list[Step], instruction: str) -> list[str]:
    return [rest for name, rest in stage if name == instruction]
