"""A rival that finds one event in each video."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.rivals.base import Found, be_child


def _work(video: dict[str, Any], scratch: Path) -> Found:
    (scratch / f"{video['name']}.seen").write_text(Path(video["path"]).read_text())
    return Found([(0.0, float(video["id"]))], 1, [(0, 5)])


if __name__ == "__main__":
    be_child(_work)
