"""nvJPEG against the CPU's encoder, on frames of real videos."""

from __future__ import annotations

import io
import threading

import pytest
import simplejpeg
import torch

from gpu_service.decode.cpu import open_video
from gpu_service.encode.check import jpeg_problem
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.nvjpeg import NvJpegEncoder
from gpu_service.frames import DevicePicture, Picture
from tests.gpu.quality import psnr
from tests.support.media import REFERENCED, media
from tests.support.wheels import wheel


def first_picture(name: str) -> Picture:
    with io.FileIO(media(name)) as file:
        decoder = open_video(file, name)
        try:
            chunks = list(decoder.scan())
            picture = decoder.picture(int(chunks[len(chunks) // 2].pts[0]))
        finally:
            decoder.close()
    assert isinstance(picture, Picture)
    return picture


def on(gpu: torch.device, picture: Picture) -> DevicePicture:
    return DevicePicture(torch.from_numpy(picture.rgb).to(gpu), picture.pts)


@pytest.mark.parametrize("name", REFERENCED)
@pytest.mark.parametrize("max_width", [0, 160])
def test_pictures_are_as_good_as_the_cpus(gpu: torch.device, name: str, max_width: int) -> None:
    wheel("nvidia.nvimgcodec")
    picture = first_picture(name)

    jpeg = NvJpegEncoder(gpu, max_width=max_width).encode(on(gpu, picture))

    wanted = CpuJpegEncoder(max_width=max_width).encode(picture)
    assert jpeg_problem(jpeg) is None
    assert simplejpeg.decode_jpeg_header(jpeg) == simplejpeg.decode_jpeg_header(wanted)
    if not max_width:
        assert psnr(jpeg, picture.rgb) > psnr(wanted, picture.rgb) - 1
    assert psnr(jpeg, simplejpeg.decode_jpeg(wanted)) > 35
    assert len(jpeg) == pytest.approx(len(wanted), rel=0.1)


def test_threads_on_streams_of_their_own_get_their_own_pictures(gpu: torch.device) -> None:
    wheel("nvidia.nvimgcodec")
    encoder = NvJpegEncoder(gpu)
    levels = range(0, 256, 16)
    found: dict[int, float] = {}

    def encode(level: int) -> None:
        with torch.cuda.stream(torch.cuda.Stream(gpu)):  # type: ignore[no-untyped-call]
            rgb = torch.full((720, 1280, 3), level, dtype=torch.uint8, device=gpu)
            jpeg = encoder.encode(DevicePicture(rgb, level))
        found[level] = float(simplejpeg.decode_jpeg(jpeg).mean())

    threads = [threading.Thread(target=encode, args=(level,)) for level in levels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {level: pytest.approx(level, abs=2) for level in levels}
