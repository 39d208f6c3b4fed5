"""Files that are made once, then kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """The file; a maker that is stopped leaves nothing under its name.

    :param make: called where it isn't there, with another name in its folder to write it under.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"unfinished_{path.name}")
        make(unfinished)
        unfinished.rename(path)
    return path
