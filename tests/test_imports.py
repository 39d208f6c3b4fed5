"""Imports point one way, as ARCHITECTURE.md says."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gpu_service
import gpu_service_kernels

ROOT = Path(gpu_service.__file__).parent

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "timeline", "frames", "events", "jobs", "settings"}),
    frozenset(
        {
            "budget",
            "child",
            "device",
            "device_errors",
            "trace",
            "trace_chrome",
            "trace_occupancy",
            "aws",
        }
    ),
    frozenset({"source", "decode", "detect", "encode", "sink"}),
    frozenset({"pipeline", "local", "run_summary"}),
    frozenset({"doctor", "console", "batch", "http"}),
    frozenset({"processes"}),
    frozenset({"demo", "commands"}),
    frozenset({"cli"}),
)
ADAPTERS = LAYERS[2]
KERNELS = "gpu_service_kernels"
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
            if node.module == "gpu_service":
                names = [f"gpu_service.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        yield from names


def imported_parts(path: Path) -> Iterator[str]:
    for name in imported_modules(path):
        if name.startswith("gpu_service."):
            yield name.split(".")[1]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_below(path: Path) -> None:
    part = part_of(path)
    if part in ("__init__", "__main__"):
        return
    assert part in LEVEL, f"{part} has no layer; give it one here and in ARCHITECTURE.md"
    for other in imported_parts(path):
        if other in (part, "__version__"):
            continue
        assert LEVEL[other] <= LEVEL[part], f"{path} imports {other} from above"
        both_adapters = part in ADAPTERS and other in ADAPTERS
        assert not both_adapters, f"{path}: adapter {part} imports adapter {other}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_adapters_import_the_kernels(path: Path) -> None:
    if part_of(path) not in ADAPTERS:
        assert KERNELS not in {name.split(".")[0] for name in imported_modules(path)}


def test_the_kernels_import_torch_and_triton_alone() -> None:
    (folder,) = map(Path, gpu_service_kernels.__path__)
    files = sorted(folder.rglob("*.py"))
    found = {name.split(".")[0] for path in files for name in imported_modules(path)}
    assert {KERNELS, "torch", "triton"} <= found
    assert found <= {KERNELS, "torch", "triton", *sys.stdlib_module_names}


@pytest.mark.parametrize(
    "words", [["--help"], ["analyze", "--help"], ["serve", "--help"], ["--version"]]
)
def test_help_needs_no_heavy_library(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from gpu_service.cli import app\n"
        f"try:\n    app({words!r})\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'av', 'aioboto3', 'sqlalchemy', 'alembic', 'PIL', 'moto', 'numpy'}\n"
        "heavy |= {'fastapi', 'uvicorn'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_files_stay_small() -> None:
    kernels = [
        path for folder in gpu_service_kernels.__path__ for path in Path(folder).rglob("*.py")
    ]
    lengths = {path: len(path.read_text().splitlines()) for path in (*modules(), *kernels)}
    assert [path for path, length in lengths.items() if length > 300] == []
