from __future__ import annotations

from pathlib import Path

import av
import pytest

from benchmarks.gpu import clips
from benchmarks.gpu.clips import ALL, ClipKind, clip_of
from tests.support.media import media

_NAMES = {"H264": "h264", "HEVC": "hevc", "AV1": "av1"}


def test_every_codec_is_measured_at_every_size() -> None:
    assert sorted(map(str, ALL)) == [
        *("AV1 1080p", "AV1 4K", "AV1 720p"),
        *("H264 1080p", "H264 4K", "H264 720p"),
        *("HEVC 1080p", "HEVC 4K", "HEVC 720p"),
    ]
    assert clips.SIZES == {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.size == "720p"], ids=str)
def test_clips_are_what_they_are_called(
    kind: ClipKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "SIZES", {"720p": (320, 180)})
    path = clip_of(tmp_path, media("realshort.mp4"), kind, 50)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (320, 180)
        assert stream.codec_context.codec.canonical_name == _NAMES[kind.codec]
        assert sum(1 for _ in container.decode(stream)) == 50, "more than the source has"
    assert clip_of(tmp_path, Path("gone.mp4"), kind, 50) == path, "it is kept"
