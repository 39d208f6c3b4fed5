"""The kernel against the reference.

Run by ``test_interpreted`` under Triton's interpreter, and by ``tests/gpu/kernels`` on a GPU.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gpu_service_kernels.surface_to_rgb import reference, surface_to_rgb
from gpu_service_kernels.surface_to_rgb.chroma import packed_chroma_taps
from tests.kernels.frames import noise, surface_of
from tests.kernels.guard import guard_new_memory, guarded
from tests.kernels.poison import forbid, poison_new_memory


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("width", "height", "bits", "spare_columns"),
    [
        pytest.param(70, 18, 8, 0, id="more-than-a-tile"),
        pytest.param(34, 67, 10, 14, id="odd-height-10bit-pitch"),
        pytest.param(70, 18, 10, 2, id="10bit-more-than-a-tile"),
        pytest.param(6, 35, 8, 2, id="odd-height-8bit"),
        pytest.param(33, 66, 10, 15, id="odd-width-10bit"),
        pytest.param(2, 2, 8, 30, id="2x2"),
        pytest.param(1, 1, 10, 0, id="1x1"),
    ],
)
def test_kernel_equals_reference(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    width: int,
    height: int,
    bits: int,
    spare_columns: int,
    quarter_turns: int,
    mirrored: bool,
) -> None:
    surface = surface_of(
        noise(width, height, bits), pitch=width + width % 2 + spare_columns, spare_rows=2
    )
    expected = reference.surface_to_rgb(
        surface,
        width=width,
        height=height,
        matrix="bt601",
        full_range=mirrored,
        quarter_turns=quarter_turns,
        mirrored=mirrored,
    )
    forbid(monkeypatch, reference, "surface_to_rgb")
    poison_new_memory(monkeypatch)
    found = surface_to_rgb(
        surface.to(device),
        width=width,
        height=height,
        matrix="bt601",
        full_range=mirrored,
        quarter_turns=quarter_turns,
        mirrored=mirrored,
    )
    assert found.device == device
    assert torch.equal(found.cpu(), expected)
    assert found.permute(2, 0, 1).is_contiguous()


@pytest.mark.parametrize("at_end", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize("quarter_turns", [0, 1, 2])
@pytest.mark.parametrize(
    ("width", "height", "bits"), [(6, 4, 8), (6, 5, 8), (6, 2, 10), (5, 3, 10), (258, 2, 8)]
)
def test_nothing_beyond_is_read_or_written(
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    height: int,
    bits: int,
    quarter_turns: int,
    at_end: bool,
) -> None:
    """The kernel's memory ends before, or begins behind, what the process may not touch."""
    from gpu_service_kernels.surface_to_rgb import kernel

    def taps(height: int, device: torch.device) -> Tensor:
        return guarded(packed_chroma_taps(height, device), at_end=at_end)

    surface = surface_of(noise(width, height, bits))
    picture = {"width": width, "height": height, "matrix": "bt709", "full_range": True}
    turned = {**picture, "quarter_turns": quarter_turns}
    expected = reference.surface_to_rgb(surface, **turned)  # type: ignore[arg-type]
    forbid(monkeypatch, reference, "surface_to_rgb")
    monkeypatch.setattr(kernel, "packed_chroma_taps", taps)
    guard_new_memory(monkeypatch, at_end=at_end)
    found = surface_to_rgb(guarded(surface, at_end=at_end), **turned)  # type: ignore[arg-type]
    assert torch.equal(found, expected)


def test_the_kernel_refuses_what_the_reference_refuses(device: torch.device) -> None:
    with pytest.raises(ValueError, match=r"^quarter_turns: "):
        surface_to_rgb(
            torch.zeros(12, 16, dtype=torch.uint8, device=device),
            width=16, height=8, matrix="bt709", full_range=False, quarter_turns=4,
        )  # fmt: skip
