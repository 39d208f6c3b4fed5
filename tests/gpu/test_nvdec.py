"""What NVDEC and the kernels make of each frame, against libavcodec and libswscale: equal to the bit.

Every video here has whole pairs of rows and columns, square pixels, 8 or 10 bits, and is smaller
than what libswscale scales in two steps: within what the kernels document as exact.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture
from gpu_service.decode.cpu import CpuDecoder
from gpu_service.frames import AnyPicture, DevicePicture, UInt8Array
from tests.decode.clips import draw
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import VIDEOS
from tests.decode.opened import opened, picture_at, scan, scanned
from tests.gpu.videos import REAL, refusal
from tests.support.media import media

DRAWN = tuple(name for name in VIDEOS if "interlaced" not in name)
"""HEVC, 10 bits and open GOPs among them. Interlaced pictures are documented to differ."""

_SOUGHT = 8
_EVERY_CHUNKS = 3


@pytest.fixture(params=[*REAL, *DRAWN])
def taken(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A video that this GPU's NVDEC decodes; skips where it does not."""
    name: str = request.param
    path = draw(VIDEOS[name], tmp_path) if name in DRAWN else media(name)
    reason = refusal(path)
    if reason is not None:
        pytest.skip(reason)
    return path


def test_h264_of_8_bits_is_refused_nowhere() -> None:
    reasons = [refusal(media(name)) for name in REAL]
    assert [reason for reason in reasons if reason and "H264 of 8 bits" in reason] == []


def test_the_models_frames_and_their_times_are_the_cpus(taken: Path, device: torch.device) -> None:
    with opened(taken) as cpu:
        expected = scan(cpu)
    with on_nvdec(taken, device=str(device)) as nvdec:
        chunks = [chunk.on_host() for chunk in nvdec.scan()]
    assert nvdec.times() == cpu.times()
    assert np.concatenate([chunk.pts for chunk in chunks]).tolist() == list(cpu.times().pts)
    assert nvdec.damage == cpu.damage
    assert unequal(np.concatenate([chunk.rgb for chunk in chunks]), expected) == []


def test_pictures_sought_after_the_scan_are_the_cpus(taken: Path, device: torch.device) -> None:
    with scanned(taken) as cpu, on_nvdec(taken, device=str(device)) as nvdec:
        frames = sum(map(len, nvdec.scan()))
        ordinals = np.random.default_rng(frames).permutation(frames)[:_SOUGHT].tolist()
        pictures = {ordinal: nvdec.picture(cpu.times().pts[ordinal]) for ordinal in ordinals}
        assert_are_frames_of(cpu, pictures)


def test_pictures_taken_while_the_scan_goes_on_are_the_cpus(
    taken: Path, device: torch.device
) -> None:
    kept = ByteBudget("packets", 2**27)
    pictures: dict[int, Future[AnyPicture | NoPicture]] = {}
    with (
        scanned(taken) as cpu,
        on_nvdec(taken, device=str(device), packets=kept) as nvdec,
        ThreadPoolExecutor(1) as beside,
    ):
        given = 0
        for number, chunk in enumerate(nvdec.scan(max(1, len(cpu.times()) // 20))):
            if number % _EVERY_CHUNKS == 0:
                pictures[given] = beside.submit(nvdec.picture, int(chunk.pts[0]))
            given += len(chunk)
        assert_are_frames_of(cpu, {at: picture.result() for at, picture in pictures.items()})


def unequal(found: UInt8Array, expected: UInt8Array) -> list[int]:
    """Ordinals of the frames in which any sample differs."""
    assert found.shape == expected.shape
    ordinals: list[int] = np.flatnonzero((found != expected).any((1, 2, 3))).tolist()
    return ordinals


def assert_are_frames_of(cpu: CpuDecoder, pictures: dict[int, AnyPicture | NoPicture]) -> None:
    """Each picture is the frame of its ordinal; some at least could be no frame beside it."""
    pts = cpu.times().pts
    unlike_both = 0
    for ordinal, picture in sorted(pictures.items()):
        assert isinstance(picture, DevicePicture)
        assert picture.pts == pts[ordinal]
        found = picture.on_host().rgb
        around = range(max(0, ordinal - 1), min(len(pts), ordinal + 2))
        alike = [at for at in around if np.array_equal(found, picture_at(cpu, pts[at]).rgb)]
        assert ordinal in alike, f"not frame {ordinal}; of {list(around)} it equals {alike}"
        unlike_both += alike == [ordinal]
    assert unlike_both, "every frame that was sought equals one beside it"
