"""Whether scores that are a little off could mean other events."""

from __future__ import annotations

import numpy as np

from gpu_service.frames import Float32Array, Int64Array

_SHIFT_FRAMES = 1


def is_doubtful(single: Float32Array, threshold: float, error: Float32Array) -> bool:
    """Whether transitions come, go or move where every score is off by up to its error.

    :param single: ``(N,)`` probabilities.
    :param error: ``(N,)``, or ``(1,)`` for all of them.
    """
    wide = _transitions(single, threshold - error)
    narrow = _transitions(single, threshold + error)
    if wide.shape != narrow.shape:
        return True
    return bool(np.abs(wide - narrow).max(initial=0) > _SHIFT_FRAMES)


def _transitions(single: Float32Array, threshold: Float32Array) -> Int64Array:
    """``(count, 2)``: first frame above the threshold, and first one that no longer is."""
    above = np.concatenate([[False], single > threshold, [False]])
    return np.flatnonzero(above[1:] != above[:-1]).reshape(-1, 2)
