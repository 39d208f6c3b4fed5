from __future__ import annotations

from dataclasses import replace

import pytest

from gpu_service.decode.nvdec.caps import Capability
from gpu_service.decode.nvdec.stream_kind import StreamKind

CAPABILITY = Capability(
    "H264",
    8,
    supported=True,
    engines=1,
    width_min=48,
    width_max=4096,
    height_min=16,
    height_max=2048,
    macroblocks_max=8192,
)
"""As many macroblocks as 2048x1024 has."""


@pytest.mark.parametrize(
    ("width", "height", "said"),
    [
        (48, 16, None),
        (2048, 1024, None),
        (4096, 512, None),
        (1024, 2048, None),
        (47, 480, "smaller than 48x16"),
        (640, 15, "smaller than 48x16"),
        (4097, 480, "larger than 4096x2048"),
        (640, 2049, "larger than 4096x2048"),
        (4096, 2048, "more than 8192 macroblocks"),
        (2048, 1040, "more than 8192 macroblocks"),
    ],
)
def test_why_a_size_is_refused(width: int, height: int, said: str | None) -> None:
    assert CAPABILITY.why_not(StreamKind("H264", 8, width, height, b"")) == said


def test_what_is_not_supported_is_refused_at_any_size() -> None:
    absent = replace(CAPABILITY, supported=False)
    assert absent.why_not(StreamKind("H264", 8, 640, 480, b"")) == "not on this GPU"
