"""What NVDEC can decode goes there; what it can't is refused, or decoded on the CPU and counted."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from gpu_service.decode.base import VideoDecoder
from gpu_service.decode.choose import FALLBACK_STAGE, open_decoder
from gpu_service.decode.nvdec import caps
from gpu_service.decode.nvdec.caps import ask_capabilities, capabilities, check
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.errors import InputError
from gpu_service.trace import Trace
from tests.decode.conftest import ClipPath

_HEVC = 8
"""Of ``cudaVideoCodec``."""


@contextmanager
def chosen(path: Path, trace: Trace, *, device: str, required: bool) -> Iterator[VideoDecoder]:
    file = cast("io.RawIOBase", io.BytesIO(path.read_bytes()))
    decoder = open_decoder(
        file, path.parent.name, device=device, required=required, packets=None, trace=trace
    )
    try:
        yield decoder
    finally:
        decoder.close()


def test_what_it_decodes_is_asked_once() -> None:
    found = {(each.codec, each.bit_depth): each for each in capabilities(0)}
    assert found["H264", 8].supported
    assert not found["H264", 10].supported
    assert found["HEVC", 10].engines == 4
    assert capabilities(0) is capabilities(0)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (StreamKind("H264", 10, 640, 480, b""), "not on this GPU"),
        (StreamKind("AV1", 12, 640, 480, b""), "not on this GPU"),
        (StreamKind("HEVC", 8, 64, 48, b""), "smaller than 144x144"),
        (StreamKind("H264", 8, 4098, 480, b""), "larger than 4096x4096"),
        (StreamKind("HEVC", 8, 8192, 8194, b""), "larger than 8192x8192"),
    ],
    ids=str,
)
def test_what_it_does_not_decode_is_said(kind: StreamKind, words: str) -> None:
    with pytest.raises(InputError, match=words) as raised:
        check(kind, 0, "clip")
    assert raised.value.reason == "unsupported"


@pytest.mark.parametrize("name", ["h264-10", "h264-444", "vp8", "mov-prores", "ts-hevc"])
def test_what_nvdec_cannot_decode(
    clip: ClipPath, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    trace = Trace()
    # Any device but the CPU; no surface is made.
    with (
        pytest.raises(InputError, match=f"{name}: NVDEC does not decode"),
        chosen(clip(name), trace, device="cuda:0", required=True),
    ):
        pass
    assert FALLBACK_STAGE not in trace.totals
    with (
        caplog.at_level(logging.WARNING),
        chosen(clip(name), trace, device="cuda:0", required=False) as decoder,
    ):
        assert decoder.backend.startswith("pyav/")
        assert sum(map(len, decoder.scan())) == 48
    assert trace.totals[FALLBACK_STAGE]["count"] == 1
    assert f"{name}: NVDEC does not decode" in caplog.text


@pytest.mark.parametrize("name", ["avi-h264", "raw-h264"])
def test_frames_out_of_order_that_have_no_times(
    clip: ClipPath, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    trace = Trace()
    with (
        pytest.raises(
            InputError, match=rf"^{name}: .*presentation times.* --device auto"
        ) as raised,
        chosen(clip(name), trace, device="cuda:0", required=True),
    ):
        pass
    assert raised.value.reason == "unsupported"
    with (
        caplog.at_level(logging.WARNING),
        chosen(clip(name), trace, device="cuda:0", required=False) as decoder,
    ):
        assert decoder.backend == "pyav/h264"
    assert trace.totals[FALLBACK_STAGE]["count"] == 1


@pytest.mark.parametrize("name", ["avi-h264-in-order", "raw-h264-in-order"])
def test_frames_in_order_need_no_times(video: ClipPath, name: str) -> None:
    with chosen(video(name), Trace(), device="cuda:0", required=True) as decoder:
        assert decoder.backend == "nvdec/h264"


def test_a_codec_that_this_gpu_lacks(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NVDEC_STANDIN_UNSUPPORTED", f"3,{_HEVC}")
    monkeypatch.setattr(caps, "capabilities", ask_capabilities)
    trace = Trace()
    with (
        pytest.raises(InputError, match="HEVC of 8 bits, 176x144: not on this GPU"),
        chosen(video("hevc"), trace, device="cuda:0", required=True),
    ):
        pass
    with chosen(video("hevc"), trace, device="cuda:0", required=False) as decoder:
        assert decoder.backend == "pyav/hevc"
    assert trace.totals[FALLBACK_STAGE]["count"] == 1
    check(StreamKind("H264", 8, 640, 480, b""), 0, "clip")


def test_the_cpu_is_no_fallback_where_it_was_asked_for(video: ClipPath) -> None:
    trace = Trace()
    with chosen(video("mp4"), trace, device="cpu", required=False) as decoder:
        assert decoder.backend == "pyav/h264"
    assert trace.totals == {}
