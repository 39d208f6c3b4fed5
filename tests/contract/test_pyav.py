"""What the GPU path takes from PyAV: packets as Annex B, and where their bytes are."""

from __future__ import annotations

import ctypes

import av
import pytest
from av.bitstream import BitStreamFilterContext

from tests.support.media import media

START_CODES = (b"\0\0\0\1", b"\0\0\1")


@pytest.mark.parametrize(
    ("video", "name"),
    [("realshort.mp4", "h264_mp4toannexb"), ("h265_video.mp4", "hevc_mp4toannexb")],
)
def test_packets_become_annex_b_at_an_address(video: str, name: str) -> None:
    with av.open(str(media(video))) as container:
        stream = container.streams.video[0]
        annex_b = BitStreamFilterContext(name, stream)
        packet = next(iter(container.demux(stream)))
        pts = packet.pts
        (filtered,) = annex_b.filter(packet)
        annex_b.flush()

    content = bytes(filtered)
    assert content.startswith(START_CODES)
    assert filtered.pts == pts
    assert len(content) == filtered.size
    assert ctypes.string_at(filtered.buffer_ptr, filtered.size) == content
