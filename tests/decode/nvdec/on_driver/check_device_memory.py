"""Surfaces in device memory, written and read on one stream that runs far behind the host."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.nvdec.chunks import detector_chunks
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.decode.nvdec.library import library
from gpu_service.decode.nvdec.look import Look
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.frames import DevicePicture, Picture, UInt8Array
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.gpu import POISON, Deferred, as_it_is, gpu
from tests.decode.nvdec.on_driver.check_core import parsed
from tests.decode.nvdec.opened import on_nvdec
from tests.nvdec_driver.stamp import stamped
from tests.support.ffmpeg import ffmpeg

_DEVICE = "cuda:0"
_CUDA = (2, 0)
"""``(DLDeviceType, number)``."""

_NAMES = ["mp4-b-frames", "mkv-open-gop", "hevc-10", "h264-cropped"]


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with gpu(monkeypatch):
        yield


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[NvdecDecoder]:
    """On the GPU, with decoders of its own, which are freed."""
    pool = DecoderPool()
    with on_nvdec(path, pool=pool, device=_DEVICE, **options) as decoder:
        yield decoder
    pool.close()


def at_once(picture: object) -> Picture:
    """As it is when it comes."""
    assert isinstance(picture, DevicePicture)
    return Picture(as_it_is(picture.rgb), picture.pts)


def scanned(decoder: NvdecDecoder) -> UInt8Array:
    """Each chunk as it is when it comes."""
    return np.concatenate([as_it_is(chunk.rgb) for chunk in decoder.scan(7)])


@pytest.mark.usefixtures("on_gpu")
def test_a_decoder_is_made_for_device_memory_and_a_stream_of_its_own(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvc = library()
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(nvc, "CreateDecoder", _noted(made, nvc.CreateDecoder))
    kind, packets = parsed(video("mp4-b-frames"))
    decoders = [CoreDecoder(kind, _DEVICE) for _ in range(2)]
    for decoder in decoders:
        decoder.decode(packets[0], 0)
    assert [each["usedevicememory"] for each in made] == [True, True]
    assert [each["cudastream"] for each in made] == [each.stream.handle for each in decoders]
    assert len({0, *(each["cudastream"] for each in made)}) == 3


def _noted(made: list[dict[str, Any]], create: Any) -> Any:
    def noted(**given: Any) -> Any:
        made.append(given)
        return create(**given)

    return noted


@pytest.mark.usefixtures("on_gpu")
@pytest.mark.parametrize("name", _NAMES)
def test_surfaces_are_handed_over_on_the_decoders_stream(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    frame = library().DecodedFrame
    asked: list[tuple[tuple[int, int], int]] = []
    export = frame.__dlpack__

    def noted(self: Any, *, stream: int) -> Any:
        asked.append((self.__dlpack_device__(), stream))
        return export(self, stream=stream)

    monkeypatch.setattr(frame, "__dlpack__", noted)
    kind, packets = parsed(video(name))
    decoder = CoreDecoder(kind, _DEVICE)
    seen = []
    for packet in packets:
        surfaces = decoder.decode(packet, packet.pts or 0)
        with Deferred.off():
            assert not any(stamped(surface) == said for said, surface in surfaces), "not behind"
            decoder.stream.wait()
            assert all(stamped(surface) == said for said, surface in surfaces)
        seen += [said for said, _ in surfaces]
    assert len(seen) > 40
    assert set(asked) == {(_CUDA, decoder.stream.handle)}


@pytest.mark.usefixtures("on_gpu")
def test_a_surface_is_read_on_its_own_stream(video: ClipPath) -> None:
    kind, packets = parsed(video("mp4"))
    decoder = CoreDecoder(kind, _DEVICE)
    ((_, samples),) = [first for packet in packets[:4] for first in decoder.decode(packet, 7)][:1]
    surface = Surface(samples, decoder.stream, kind, Look())
    (detector,) = detector_chunks(iter([surface]), 1)
    upright = surface.upright(kind.width)
    decoder.stream.wait()
    for rgb in (detector, upright):
        assert not (as_it_is(rgb) == POISON).any()


@pytest.mark.usefixtures("on_gpu")
def test_what_the_wheel_takes_for_a_stream(video: ClipPath) -> None:
    nvc = library()
    kind, packets = parsed(video("mp4"))
    decoder = CoreDecoder(kind, _DEVICE)
    frames: list[Any] = []
    for packet in packets[:4]:
        decoder.decode(packet, 0)
        data = nvc.PacketData()
        data.bsl_data, data.bsl, data.pts = packet.buffer_ptr, packet.size, 0
        frames = frames or decoder._decoder.Decode(data)
    (frame,) = frames
    assert "dltensor" in repr(frame.__dlpack__(stream=1))
    # torch asks so first, and without the version when that is a TypeError.
    with pytest.raises(TypeError):
        frame.__dlpack__(max_version=(1, 0), stream=1)
    with pytest.raises(nvc.PyNvVCException, match="stream"):
        frame.__dlpack__(stream=0)


@pytest.mark.parametrize("name", _NAMES)
def test_chunks_are_complete_when_they_come(
    video: ClipPath, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with on_nvdec(video(name)) as decoder:
        expected = np.concatenate([chunk.on_host().rgb for chunk in decoder.scan(7)])
    with gpu(monkeypatch), opened(video(name)) as decoder:
        rgb = scanned(decoder)
    assert np.array_equal(rgb, expected)


@pytest.mark.parametrize("look", [[], ["-aspect", "8/3"], ["-display_rotation", "90"]], ids=str)
def test_pictures_are_complete_when_they_come(
    video: ClipPath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: list[str]
) -> None:
    path = tmp_path / "a.mp4"
    turned, shaped = (look, []) if "-display_rotation" in look else ([], look)
    ffmpeg(*turned, "-i", str(video("mp4-open-gop")), "-c", "copy", *shaped, str(path))

    def pictures(decoder: NvdecDecoder) -> Iterator[Picture]:
        for chunk in decoder.scan(7):
            yield at_once(decoder.picture(int(chunk.pts[0])))
        for pts in decoder.times().pts[::5]:
            yield at_once(decoder.picture(pts))

    with on_nvdec(path, packets=ByteBudget("packets", 2**24)) as decoder:
        expected = list(pictures(decoder))
    with (
        gpu(monkeypatch),
        opened(path, packets=ByteBudget("packets", 2**24)) as decoder,
    ):
        found = list(pictures(decoder))
    assert len(found) == len(expected) > 10
    for one, other in zip(found, expected, strict=True):
        assert one.pts == other.pts
        assert np.array_equal(one.rgb, other.rgb)


@pytest.mark.usefixtures("on_gpu")
def test_without_waiting_there_is_poison(video: ClipPath, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.decode.nvdec.gpu.GpuEvent.synchronize", lambda self: None)
    with opened(video("mp4")) as decoder:
        assert (scanned(decoder) == POISON).all()
        picture = decoder.picture(decoder.times().pts[0])
        assert (at_once(picture).rgb == POISON).all()
