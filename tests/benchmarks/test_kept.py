from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kept import made_once


def test_it_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "clip.mp4"
    made: list[str] = []

    def make(unfinished: Path) -> None:
        made.append(unfinished.name)
        unfinished.write_text("frames")

    assert made_once(path, make) == made_once(path, make) == path
    assert path.read_text() == "frames"
    assert made == ["unfinished_clip.mp4"], "the format goes by the end of the name"
    assert list(path.parent.iterdir()) == [path]


def test_what_was_not_finished_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"

    def stopped(unfinished: Path) -> None:
        unfinished.write_text("fra")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(path, stopped)
    assert not path.exists()
    assert made_once(path, lambda unfinished: unfinished.write_text("frames")).read_text() == (
        "frames"
    )
