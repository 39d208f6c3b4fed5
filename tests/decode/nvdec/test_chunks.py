"""Surfaces to chunks, in host memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

import gpu_service_kernels.surface_to_detector
from gpu_service.decode.nvdec import kept
from gpu_service.decode.nvdec.chunks import detector_chunks
from gpu_service.decode.nvdec.look import Look
from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.decode.nvdec.surface import Surface
from gpu_service_kernels.surface_to_detector import surface_to_detector

STREAM = SurfaceStream("cpu")


def overwritten(
    count: int, size: tuple[int, int] = (64, 48), look: Look | None = None, first: int = 0
) -> Iterator[Surface]:
    """As a decoder gives them: all in one buffer."""
    width, height = size
    kind = StreamKind("H264", 8, width, height, b"")
    buffer = torch.empty((height * 3 // 2, width), dtype=torch.uint8)
    for number in range(first, first + count):
        buffer.fill_(128)
        buffer[:height] = 16 + number * 3 % 200
        yield Surface(buffer, STREAM, kind, look or Look())
    buffer.fill_(0)


def levels(chunks: list[Tensor]) -> list[int]:
    """Of each frame, one sample."""
    return [int(frame[13, 24, 1]) for chunk in chunks for frame in chunk]


@pytest.fixture
def launches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Shapes of what each call of the kernel was given."""
    seen: list[tuple[int, ...]] = []

    def noted(surfaces: Tensor, **given: object) -> Tensor:
        seen.append(tuple(surfaces.shape))
        return surface_to_detector(surfaces, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(gpu_service_kernels.surface_to_detector, "surface_to_detector", noted)
    return seen


def alone(surfaces: Iterator[Surface]) -> list[int]:
    """Each surface scaled before the next one comes."""
    return [
        int(
            surface_to_detector(
                one.samples[None],
                width=one.width,
                height=one.height,
                matrix=one.look.matrix,
                full_range=one.look.full_range,
            )[0, 13, 24, 1]
        )
        for one in surfaces
    ]


@pytest.mark.parametrize("frames", [1, 7, 16, 64])
@pytest.mark.parametrize("count", [1, 15, 16, 17, 50])
def test_every_frame_comes_once_and_in_order(count: int, frames: int) -> None:
    chunks = list(detector_chunks(overwritten(count), frames))
    assert [len(chunk) for chunk in chunks[:-1]] == [frames] * (len(chunks) - 1)
    assert 1 <= len(chunks[-1]) <= frames
    assert levels(chunks) == alone(overwritten(count))


def test_no_surfaces_no_chunks() -> None:
    assert list(detector_chunks(iter(()), 8)) == []


def test_sixteen_share_a_launch(launches: list[tuple[int, ...]]) -> None:
    list(detector_chunks(overwritten(50), 40))
    assert [shape[0] for shape in launches] == [16, 16, 8, 10]


def test_what_is_kept_is_bounded_in_bytes(
    launches: list[tuple[int, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST_BYTES", 3 * 72 * 64 + 1)
    list(detector_chunks(overwritten(7), 64))
    assert [shape[0] for shape in launches] == [3, 3, 1]
    launches.clear()
    list(detector_chunks(overwritten(3, size=(256, 144)), 64))
    assert [shape[0] for shape in launches] == [1, 1, 1]


def test_others_in_between_are_scaled_apart(launches: list[tuple[int, ...]]) -> None:
    def mixed() -> Iterator[Surface]:
        yield from overwritten(3)
        yield from overwritten(2, size=(128, 96), first=3)
        yield from overwritten(2, look=Look(full_range=True), first=5)
        yield from overwritten(1, first=7)

    assert levels(list(detector_chunks(mixed(), 64))) == alone(mixed())
    assert launches == [(3, 72, 64), (2, 144, 128), (2, 72, 64), (1, 72, 64)]
