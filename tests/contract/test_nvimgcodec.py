"""The calls of :mod:`gpu_service.encode.nvjpeg`, as nvImageCodec's own words have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.signatures import signatures
from tests.support.wheels import installed, wheel

SIGNATURES = {
    "as_image": (
        "(source: object, cuda_stream: SupportsInt = 0, *, "
        "sample_format: SampleFormat | None = None, color_spec: ColorSpec | None = None, "
        "precision: SupportsInt | None = None) -> Image"
    ),
    "Encoder.__init__": (
        "(self: Encoder, device_id: SupportsInt = -1, max_num_cpu_threads: SupportsInt = 0, "
        "backends: Sequence[Backend] | None = None, options: str = '') -> None"
    ),
    "Encoder.encode": (
        "(self: Encoder, image_s: object, codec: str, *, code_stream_s: object | None = None, "
        "params: EncodeParams | None = None, cuda_stream: SupportsInt = 0) -> object"
    ),
    "EncodeParams.__init__": (
        "(self: EncodeParams, quality_type: QualityType = <QualityType.DEFAULT: 0>, "
        "quality_value: SupportsFloat = 0, color_spec: ColorSpec = <ColorSpec.UNKNOWN: 0>, "
        "chroma_subsampling: ChromaSubsampling | None = None, "
        "jpeg_encode_params: JpegEncodeParams | None = None, "
        "jpeg2k_encode_params: Jpeg2kEncodeParams | None = None, "
        "tile_width: SupportsInt | None = None, tile_height: SupportsInt | None = None) -> None"
    ),
    "CodeStream.__init__": (
        "(self: CodeStream, pre_allocated_size: SupportsInt = 0, pin_memory: bool = True) -> None"
    ),
    "JpegEncodeParams.__init__": (
        "(self: JpegEncodeParams, progressive: bool = False, optimized_huffman: bool = False) "
        "-> None"
    ),
    "Backend.__init__": (
        "(self: Backend, backend_kind: BackendKind, load_hint: SupportsFloat = 1.0, "
        "load_hint_policy: LoadHintPolicy = <LoadHintPolicy.FIXED: 2>) -> None"
    ),
}


@pytest.fixture(scope="module")
def codec() -> Any:
    return wheel("nvidia.nvimgcodec")


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(codec: Any, name: str) -> None:
    """Whole, so that a new parameter shows too; constructors have others beside that which is called."""
    called = codec
    for part in name.split("."):
        called = getattr(called, part)
    found = signatures(called.__doc__)
    assert found[-1] == SIGNATURES[name]
    assert len(found) == 1 or name.endswith("__init__")


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
