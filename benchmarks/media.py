"""Which videos a benchmark runs over."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.support.media import media_folder

_KINDS = (".mp4", ".mkv", ".avi", ".mov", ".webm", ".ts")


def chosen_folder(doc: str | None) -> Path:
    """The folder of ``--media``, else where the tests find real videos; ends the run without one.

    :param doc: the benchmark's docstring, for ``--help``.
    """
    parser = argparse.ArgumentParser(description=doc.splitlines()[0] if doc else None)
    parser.add_argument("--media", type=Path, default=media_folder())
    folder: Path | None = parser.parse_args().media
    if folder is None:
        parser.error("no real videos here; give --media DIR")
    return folder


def video_files(folder: Path) -> list[Path]:
    """Every video below a folder."""
    return sorted(path for path in folder.rglob("*") if path.suffix in _KINDS)
