from __future__ import annotations

import numpy as np
import pytest

from gpu_service.encode.check import jpeg_problem
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import Picture


@pytest.fixture(scope="module")
def jpeg() -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    return CpuJpegEncoder().encode(Picture(noise, 0))


def test_a_whole_jpeg_has_no_problem(jpeg: bytes) -> None:
    assert jpeg_problem(jpeg) is None


def test_each_kind_of_damage_is_named(jpeg: bytes) -> None:
    half = len(jpeg) // 2

    assert jpeg_problem(b"") == "it is empty"
    assert jpeg_problem(b"\x89PNG\r\n\x1a\n" + jpeg) == "it is not a JPEG"
    assert jpeg_problem(jpeg[:-2]) == "the JPEG is cut off"
    assert jpeg_problem(jpeg[:half]) == "the JPEG is cut off"
    for broken in (jpeg[:half] + b"\xff\xd9", jpeg[:20] + b"\xff\xd9"):
        assert str(jpeg_problem(broken)).startswith("the JPEG is damaged: ")
