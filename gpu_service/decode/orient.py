"""Pictures turned as the container's display matrix says."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame

from gpu_service.frames import UInt8Array

# Not frame.side_data: the frame would then hold what holds the frame, and keep its pixels.
_side_data: Any = SideDataContainer

Matrix = tuple[int, int, int, int]
"""``(a, b, c, d)``: a pixel at ``(x, y)`` is shown at ``(a·x + c·y, b·x + d·y)``."""

UPRIGHT: Matrix = (1, 0, 0, 1)


_QUARTER_TURNS: dict[int, Matrix] = {
    0: UPRIGHT,
    1: (0, -1, 1, 0),
    2: (-1, 0, 0, -1),
    3: (0, 1, -1, 0),
}
"""By quarter turns counterclockwise, as shown."""


def display_matrix(frame: VideoFrame) -> Matrix:
    """How the frame is to be turned, from its side data; upright where it says nothing."""
    try:
        data = _side_data(frame).get("DISPLAYMATRIX")
    except ValueError:
        # PyAV stumbles over kinds of side data that are newer than itself; it still knows the
        # rotation, though not a mirroring.
        return _QUARTER_TURNS[round(frame.rotation / 90) % 4]
    if data is None:
        return UPRIGHT
    values = np.frombuffer(bytes(cast("bytes", data)), dtype=np.int32, count=9)
    return int(values[0]), int(values[1]), int(values[3]), int(values[4])


def turn(rgb: UInt8Array, matrix: Matrix) -> UInt8Array:
    """Rotate and mirror to how the picture is meant to be seen.

    All eight orientations of a display matrix; an odd angle is taken to the nearest of them.

    :param rgb: ``(H, W, 3)``.
    :returns: C-contiguous ``(H, W, 3)``, or ``(W, H, 3)`` for a quarter turn.
    """
    a, b, c, d = matrix
    if abs(a) + abs(d) >= abs(b) + abs(c):
        left_right, up_down = a < 0, d < 0
    else:
        rgb = rgb.transpose(1, 0, 2)
        left_right, up_down = c < 0, b < 0
    if left_right:
        rgb = rgb[:, ::-1]
    if up_down:
        rgb = rgb[::-1]
    return np.ascontiguousarray(rgb)


def turns(matrix: Matrix) -> tuple[int, bool]:
    """The same as :func:`turn` does: quarter turns counterclockwise, after a mirroring or not."""
    a, b, c, d = matrix
    if abs(a) + abs(d) >= abs(b) + abs(c):
        left_right, up_down = a < 0, d < 0
        return (2 if up_down else 0), left_right != up_down
    left_right, up_down = c < 0, b < 0
    return (3 if left_right else 1), left_right == up_down
