"""The driver's timestamps come back sorted: with their pictures only where they are in display order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from torch.utils.dlpack import from_dlpack

from gpu_service.decode.nvdec.library import library
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.on_driver.check_core import parsed
from tests.decode.nvdec.videos import packets_as_shown
from tests.nvdec_driver.stamp import stamped

_NAMES = ["mp4-b-frames", "mkv-open-gop", "ts", "hevc", "hevc-open-gop"]


def displayed(path: Path, timestamps: Sequence[int]) -> tuple[list[int], list[int]]:
    """What each frame is said to be, and which it is; a timestamp for each packet."""
    nvc = library()
    kind, packets = parsed(path)
    decoder = nvc.CreateDecoder(codec=getattr(nvc.cudaVideoCodec, kind.codec))
    said, true = [], []
    for packet, timestamp in [*zip(packets, timestamps, strict=True), (None, 0)]:
        data = nvc.PacketData()
        if packet is not None:
            data.bsl_data, data.bsl, data.pts = packet.buffer_ptr, packet.size, timestamp
        for frame in decoder.Decode(data):
            said.append(frame.getPTS())
            true.append(stamped(from_dlpack(frame)))
    return said, true


@pytest.mark.parametrize("name", _NAMES)
def test_packet_numbers_come_back_sorted(video: ClipPath, name: str) -> None:
    shown = packets_as_shown(video(name))
    count = len(shown)
    assert shown != list(range(count))
    said, true = displayed(video(name), range(count))
    assert said == list(range(count))
    assert true == shown


@pytest.mark.parametrize("name", _NAMES)
def test_presentation_times_come_back_with_their_pictures(video: ClipPath, name: str) -> None:
    shown = packets_as_shown(video(name))
    times = [1000 + 40 * shown.index(number) for number in range(len(shown))]
    said, true = displayed(video(name), times)
    assert said == true == sorted(times)
