"""A decoded surface: what it is, and how it becomes a picture."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gpu_service.decode.nvdec.core import surface_has
from gpu_service.decode.nvdec.look import Look
from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.decode.nvdec.stream_kind import StreamKind


@dataclass(frozen=True, slots=True)
class Surface:
    """One frame in the decoder's memory, which the next step of the decoder overwrites.

    :param samples: NV12 ``(rows, pitch)`` uint8 or P016 uint16; see
        :func:`gpu_service_kernels.surface_to_detector.surface_to_detector`.
    :param kind: of the stream; its header's size counts where the surface has it.
    """

    samples: Tensor
    stream: SurfaceStream
    kind: StreamKind
    look: Look

    @property
    def is_corrupt(self) -> bool:
        """Never: NVDEC mends what is broken and tells no one."""
        return False

    @property
    def height(self) -> int:
        """Of the picture. A surface has whole pairs of rows."""
        return _of(self.kind.height, self.samples.shape[0] * 2 // 3)

    @property
    def width(self) -> int:
        """Of the picture. A surface has whole pairs of columns."""
        return _of(self.kind.width, self.samples.shape[1])

    def upright(self, square_width: int) -> Tensor:
        """``(H, W, 3)`` uint8 RGB on the surface's device, read on the stream.

        :param square_width: of the picture, before it is turned, in square pixels.
        """
        from gpu_service_kernels.surface_to_rgb import surface_to_rgb

        with self.stream.current():
            rgb = surface_to_rgb(
                self.samples,
                width=self.width,
                height=self.height,
                matrix=self.look.matrix,
                full_range=self.look.full_range,
                quarter_turns=self.look.quarter_turns,
                mirrored=self.look.mirrored,
            )
            if square_width == self.width:
                return rgb
            size = (self.height, square_width)
            return _scaled(rgb, size[::-1] if self.look.quarter_turns % 2 else size)


def _of(declared: int, surface: int) -> int:
    return declared if surface_has(declared, surface) else surface


def _scaled(rgb: Tensor, size: tuple[int, int]) -> Tensor:
    """To another size, bicubic; not to the bit as libswscale does it."""
    planes = rgb.permute(2, 0, 1).unsqueeze(0).float()
    scaled = torch.nn.functional.interpolate(planes, size, mode="bicubic", antialias=True)
    return scaled.round().clamp(0, 255).to(torch.uint8)[0].permute(1, 2, 0)
