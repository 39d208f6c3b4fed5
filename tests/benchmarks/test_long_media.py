from __future__ import annotations

from pathlib import Path

import av
import pytest

from benchmarks import long_media
from benchmarks.long_media import minutes_of_video
from tests.support.media import media


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Real videos; a minute is made of one second of each part."""
    for name in long_media._PARTS:
        media(name)
    monkeypatch.setattr(long_media, "_PART_SECONDS", 1)
    return media(long_media._PARTS[0]).parent


def test_lengths_are_made_once_and_hold_the_same_frames(folder: Path, tmp_path: Path) -> None:
    made = {
        (minutes, first): minutes_of_video(tmp_path, folder, minutes, index_first=first)
        for minutes, first in ((1, False), (3, False), (3, True))
    }
    for (minutes, index_first), path in made.items():
        with av.open(str(path)) as container:
            (stream,) = container.streams.video
            assert (stream.width, stream.height) == (1280, 720)
            frames = sum(1 for _ in container.decode(stream))
        assert frames == minutes * 75
        data = path.read_bytes()
        assert (data.index(b"moov") < data.index(b"mdat")) == index_first
    stamp = made[1, False].stat().st_mtime_ns
    assert minutes_of_video(tmp_path, folder, 1) == made[1, False]
    assert made[1, False].stat().st_mtime_ns == stamp
    assert not list(tmp_path.glob("unfinished*"))
