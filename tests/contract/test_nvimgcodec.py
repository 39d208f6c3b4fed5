"""The calls of :mod:`gpu_service.encode.nvjpeg`, as nvImageCodec's own words have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.wheels import installed, wheel


@pytest.fixture(scope="module")
def codec() -> Any:
    return wheel("nvidia.nvimgcodec")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("as_image", ["source: object", "cuda_stream: typing.SupportsInt = 0"]),
        ("Encoder.__init__", ["device_id:", "backends: collections.abc.Sequence"]),
        (
            "Encoder.encode",
            ["image_s: object", "codec: str", "params:", "cuda_stream: typing.SupportsInt = 0"],
        ),
        (
            "EncodeParams.__init__",
            [
                *("quality_type:", "quality_value:", "color_spec:", "chroma_subsampling:"),
                "jpeg_encode_params:",
            ],
        ),
        ("JpegEncodeParams.__init__", ["progressive: bool", "optimized_huffman: bool"]),
        ("Backend.__init__", ["backend_kind:"]),
    ],
)
def test_signatures(codec: Any, name: str, signature: list[str]) -> None:
    called = codec
    for part in name.split("."):
        called = getattr(called, part)
    for words in signature:
        assert words in called.__doc__


def test_names(codec: Any) -> None:
    assert codec.BackendKind.HYBRID_CPU_GPU
    assert codec.QualityType.QUALITY
    assert codec.ColorSpec.SYCC
    assert codec.ChromaSubsampling.CSS_420


def test_failure_is_still_none(codec: Any) -> None:
    assert "or if encoding failed" in codec.Encoder.encode.__doc__
    assert "or None" in codec.Encoder.encode.__doc__


def test_nvjpeg_lies_where_the_codec_looks_for_it() -> None:
    """It is loaded by name from the wheel beside it, of the same CUDA."""
    files = {str(file) for file in installed("nvidia-nvjpeg").files or []}
    assert "nvidia/cu13/lib/libnvjpeg.so.13" in files
    installed("nvidia-nvimgcodec-cu13")
