"""The kernel against the reference.

Run by ``test_interpreted`` under Triton's interpreter, and by ``tests/gpu/kernels`` on a GPU.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from gpu_service_kernels.surface_to_detector import reference, surface_to_detector
from gpu_service_kernels.surface_to_detector.bands import PackedFilters, packed_filters
from tests.kernels.frames import noise, surfaces_of
from tests.kernels.guard import guard_new_memory, guarded
from tests.kernels.poison import forbid, poison_new_memory


def check_noise(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    width: int,
    height: int,
    bits: int,
    *,
    count: int = 2,
    spare_columns: int = 0,
    spare_rows: int = 0,
    rows_apart: int = 0,
    surfaces_apart: int = 0,
) -> None:
    """Of ``count`` different pictures in one batch."""
    surfaces = surfaces_of(
        [noise(width, height, bits, seed) for seed in range(count)],
        pitch=width + width % 2 + spare_columns,
        spare_rows=spare_rows,
        rows_apart=rows_apart,
        surfaces_apart=surfaces_apart,
    )
    full_range = bits == 8
    expected = reference.surface_to_detector(
        surfaces, width=width, height=height, matrix="bt2020", full_range=full_range
    )
    with monkeypatch.context() as patched:
        forbid(patched, reference, "surface_to_detector")
        poison_new_memory(patched)
        found = surface_to_detector(
            on(device, surfaces), width=width, height=height, matrix="bt2020", full_range=full_range
        )
    assert found.device == device
    assert torch.equal(found.cpu(), expected)


def on(device: torch.device, surfaces: Tensor) -> Tensor:
    """The same distances between rows and surfaces, and the same samples around them."""
    if surfaces.device == device:
        return surfaces
    samples = surfaces.untyped_storage().nbytes() // surfaces.element_size()
    memory = surfaces.as_strided((samples,), (1,), 0).to(device)
    return memory.as_strided(surfaces.shape, surfaces.stride())


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(
    ("width", "height", "spare_columns", "spare_rows"),
    [
        pytest.param(64, 8, 0, 0, id="even"),
        pytest.param(65, 7, 14, 2, id="odd-pitch"),
        pytest.param(1, 1, 0, 0, id="1x1"),
        pytest.param(2, 2, 13, 0, id="2x2-odd-pitch"),
        pytest.param(48, 27, 0, 0, id="of-the-results-size"),
        pytest.param(426, 2, 6, 0, id="weights-in-two-parts"),
        pytest.param(640, 2, 0, 0, id="whole-blocks"),
        pytest.param(1601, 2, 5, 4, id="blocks-and-the-rest"),
        pytest.param(2, 110, 2, 0, id="more-taps-down-than-a-block"),
        pytest.param(16, 66, 0, 0, id="more-rows-than-a-block"),
    ],
)
def test_kernel_equals_reference(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    width: int,
    height: int,
    bits: int,
    spare_columns: int,
    spare_rows: int,
) -> None:
    check_noise(
        monkeypatch,
        device,
        width,
        height,
        bits,
        spare_columns=spare_columns,
        spare_rows=spare_rows,
    )


@pytest.mark.parametrize("bits", [8, 10])
@pytest.mark.parametrize(
    ("count", "rows_apart", "surfaces_apart"),
    [
        pytest.param(1, 0, 0, id="one"),
        pytest.param(5, 0, 0, id="side-by-side"),
        pytest.param(3, 0, 5, id="surfaces-apart"),
        pytest.param(3, 7, 0, id="rows-apart"),
        pytest.param(3, 16, 16, id="both-apart"),
    ],
)
def test_surfaces_of_a_batch(
    monkeypatch: pytest.MonkeyPatch,
    device: torch.device,
    count: int,
    bits: int,
    rows_apart: int,
    surfaces_apart: int,
) -> None:
    check_noise(
        monkeypatch,
        device,
        96,
        10,
        bits,
        count=count,
        spare_columns=32,
        rows_apart=rows_apart,
        surfaces_apart=surfaces_apart,
    )


@pytest.mark.parametrize("sample", [torch.uint8, torch.uint16])
def test_samples_at_both_ends_of_their_range(device: torch.device, sample: torch.dtype) -> None:
    """Where the weights' magnitudes sum to the most, and at a common width."""
    largest = torch.iinfo(sample).max
    for width in (50, 1280):
        ends = torch.randint(0, 2, (8, 3, width), dtype=torch.int32)
        surfaces = (ends * largest).to(sample)
        picture = {"width": width, "height": 2, "matrix": "bt709", "full_range": True}
        expected = reference.surface_to_detector(surfaces, **picture)  # type: ignore[arg-type]
        found = surface_to_detector(surfaces.to(device), **picture)  # type: ignore[arg-type]
        assert torch.equal(found.cpu(), expected)


@pytest.mark.parametrize("at_end", [True, False], ids=["before", "behind"])
@pytest.mark.parametrize(
    ("width", "height", "bits"), [(50, 7, 8), (2, 2, 10), (640, 1, 8), (35, 2, 10)]
)
def test_nothing_beyond_is_read_or_written(
    monkeypatch: pytest.MonkeyPatch, width: int, height: int, bits: int, at_end: bool
) -> None:
    """The kernel's memory ends before, or begins behind, what the process may not touch."""
    from gpu_service_kernels.surface_to_detector import kernel

    def filters(*arguments: Any, **options: Any) -> PackedFilters:
        packed = packed_filters(*arguments, **options)
        return PackedFilters(*(guarded(one, at_end=at_end) for one in packed.tensors))

    surfaces = surfaces_of([noise(width, height, bits)])
    picture = {"width": width, "height": height, "matrix": "bt709", "full_range": True}
    expected = reference.surface_to_detector(surfaces, **picture)  # type: ignore[arg-type]
    forbid(monkeypatch, reference, "surface_to_detector")
    monkeypatch.setattr(kernel, "packed_filters", filters)
    guard_new_memory(monkeypatch, at_end=at_end)
    found = surface_to_detector(guarded(surfaces, at_end=at_end), **picture)  # type: ignore[arg-type]
    assert torch.equal(found, expected)


def test_no_surfaces(device: torch.device) -> None:
    found = surface_to_detector(
        torch.zeros(0, 12, 16, dtype=torch.uint8, device=device),
        width=16, height=8, matrix="bt709", full_range=False,
    )  # fmt: skip
    assert found.shape == (0, 27, 48, 3)
    assert (found.dtype, found.device) == (torch.uint8, device)


def test_the_kernel_refuses_what_the_reference_refuses(device: torch.device) -> None:
    for count in (0, 1):
        with pytest.raises(ValueError, match=r"^matrix: "):
            surface_to_detector(
                torch.zeros(count, 12, 16, dtype=torch.uint8, device=device),
                width=16, height=8, matrix="rgb", full_range=False,
            )  # fmt: skip
