"""Pictures that flow through the pipeline, checked on construction, printed without pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

DETECTOR_HEIGHT = 27
DETECTOR_WIDTH = 48

UInt8Array = npt.NDArray[np.uint8]
UInt16Array = npt.NDArray[np.uint16]
Int64Array = npt.NDArray[np.int64]
Float32Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, repr=False)
class DetectorFrames:
    """A run of consecutive frames as the event model sees them.

    :param rgb: ``(N, 27, 48, 3)`` uint8, RGB, as coded (not rotated: the model's reference
        protocol does not rotate either).
    :param pts: ``(N,)`` int64, in the video's time base, increasing.
    :raises ValueError: for another shape or dtype.
    """

    rgb: UInt8Array
    pts: Int64Array

    def __post_init__(self) -> None:
        _check_run(self.rgb, "uint8", self.pts)

    def __len__(self) -> int:
        return len(self.pts)

    def on_host(self) -> DetectorFrames:
        """Itself."""
        return self

    def __repr__(self) -> str:
        return f"DetectorFrames(rgb={self.rgb.dtype}{self.rgb.shape}, frames={len(self)})"


@dataclass(frozen=True, slots=True, repr=False)
class DeviceDetectorFrames:
    """:class:`DetectorFrames` whose pixels are where they were decoded, on a GPU.

    :param rgb: ``(N, 27, 48, 3)`` uint8 tensor, complete: any stream may read it.
    :param pts: as there.
    :raises ValueError: for another shape or dtype.
    """

    rgb: Tensor
    pts: Int64Array

    def __post_init__(self) -> None:
        _check_run(self.rgb, "torch.uint8", self.pts)

    def __len__(self) -> int:
        return len(self.pts)

    def on_host(self) -> DetectorFrames:
        """A copy in host memory."""
        return DetectorFrames(self.rgb.cpu().numpy(), self.pts)

    def __repr__(self) -> str:
        return f"DeviceDetectorFrames(frames={len(self)}, {self.rgb.device})"


def _check_run(rgb: UInt8Array | Tensor, dtype: str, pts: Int64Array) -> None:
    """:param dtype: by name: this module does without torch."""
    expected = (len(pts), DETECTOR_HEIGHT, DETECTOR_WIDTH, 3)
    if tuple(rgb.shape) != expected or str(rgb.dtype) != dtype:
        raise ValueError(f"expected {dtype} {expected}, got {rgb.dtype} {tuple(rgb.shape)}")
    if pts.dtype != np.int64 or pts.ndim != 1:
        raise ValueError(f"expected int64 (N,) PTS, got {pts.dtype} {pts.shape}")


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """One full-size frame as a viewer should see it: upright, square pixels, full-range RGB.

    :param rgb: ``(H, W, 3)`` uint8, C-contiguous.
    :param pts: the frame's own PTS in the video's time base.
    :raises ValueError: for another shape or dtype.
    """

    rgb: UInt8Array
    pts: int

    def __post_init__(self) -> None:
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or self.rgb.dtype != np.uint8:
            raise ValueError(f"expected uint8 (H, W, 3), got {self.rgb.dtype} {self.rgb.shape}")
        if 0 in self.rgb.shape:
            raise ValueError(f"a picture without pixels: {self.rgb.shape}")

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    def __repr__(self) -> str:
        return f"Picture({self.width}x{self.height}, pts={self.pts})"


@dataclass(frozen=True, slots=True, repr=False)
class DevicePicture:
    """A :class:`Picture` whose pixels are where it was decoded, on a GPU.

    :param rgb: ``(H, W, 3)`` uint8 tensor, contiguous, complete: any stream may read it.
    :param pts: the frame's own PTS in the video's time base.
    :raises ValueError: for another shape, dtype or layout.
    """

    rgb: Tensor
    pts: int

    def __post_init__(self) -> None:
        shape = tuple(self.rgb.shape)
        # By name: this module does without torch.
        if len(shape) != 3 or shape[2] != 3 or str(self.rgb.dtype) != "torch.uint8":
            raise ValueError(f"expected torch.uint8 (H, W, 3), got {self.rgb.dtype} {shape}")
        if 0 in shape:
            raise ValueError(f"a picture without pixels: {shape}")
        if not self.rgb.is_contiguous():
            raise ValueError(f"pixels are not contiguous: strides {self.rgb.stride()}")

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels, of the GPU's memory."""
        return int(self.rgb.nbytes)

    def on_host(self) -> Picture:
        """A copy in host memory."""
        return Picture(self.rgb.cpu().numpy(), self.pts)

    def __repr__(self) -> str:
        return f"DevicePicture({self.width}x{self.height}, pts={self.pts}, {self.rgb.device})"


AnyDetectorFrames: TypeAlias = "DetectorFrames | DeviceDetectorFrames"
AnyPicture: TypeAlias = "Picture | DevicePicture"
