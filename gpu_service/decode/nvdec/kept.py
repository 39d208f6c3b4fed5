"""Surfaces kept until there are enough of them for one launch of a kernel."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gpu_service.decode.nvdec.surface import Surface

_MOST_SURFACES = 16
_MOST_BYTES = 48 << 20
"""Of device memory for each video that is scanned. To launch a kernel costs the host ten times as
much as to copy a surface, and all scans share the interpreter."""


class KeptSurfaces:
    """Copies of surfaces, scaled to the event model's size many at a time.

    All of it happens on the surfaces' stream, which the caller has made the current one.
    """

    def __init__(self) -> None:
        self._copies: Tensor | None = None
        self._rooms: tuple[Tensor, ...] = ()
        """One for each surface; to take them out of the whole one by one takes time."""
        self._first: Surface | None = None
        """Of those that wait; they are alike."""
        self._waiting = 0

    def add(self, surface: Surface) -> Iterator[Tensor]:
        """Keep a surface, which may then be overwritten.

        :returns: frames that had to be scaled to make room, ``(N, 27, 48, 3)`` uint8.
        """
        if self._first is not None and not _together(self._first, surface):
            yield from self.scaled()
        self._make_room(surface.samples)
        self._rooms[self._waiting].copy_(surface.samples, non_blocking=True)
        self._first = self._first or surface
        self._waiting += 1
        if self._waiting == len(self._rooms):
            yield from self.scaled()

    def scaled(self) -> Iterator[Tensor]:
        """What waits, ``(N, 27, 48, 3)`` uint8; nothing if nothing does."""
        from gpu_service_kernels.surface_to_detector import surface_to_detector

        first, copies = self._first, self._copies
        if first is None or copies is None or not self._waiting:
            return
        yield surface_to_detector(
            copies[: self._waiting],
            width=first.width,
            height=first.height,
            matrix=first.look.matrix,
            full_range=first.look.full_range,
        )
        self._first, self._waiting = None, 0

    def _make_room(self, samples: Tensor) -> None:
        if self._rooms and _alike(self._rooms[0], samples):
            return
        self._copies = torch.empty(
            (surfaces_a_launch(samples.nbytes), *samples.shape),
            dtype=samples.dtype,
            device=samples.device,
        )
        self._rooms = self._copies.unbind()


def surfaces_a_launch(surface_bytes: int) -> int:
    """How many surfaces of that size are kept."""
    return max(1, min(_MOST_SURFACES, _MOST_BYTES // surface_bytes))


def _together(one: Surface, other: Surface) -> bool:
    return one.look == other.look and _alike(one.samples, other.samples)


def _alike(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and one.dtype == other.dtype
