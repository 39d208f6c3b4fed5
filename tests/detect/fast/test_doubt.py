from __future__ import annotations

import numpy as np
import pytest

from gpu_service.detect.fast.doubt import is_doubtful
from gpu_service.frames import Float32Array


def scores(*values: float) -> Float32Array:
    single = np.zeros(50, np.float32)
    single[20 : 20 + len(values)] = values
    return single


def errors(level: float) -> Float32Array:
    return np.full(50, level, np.float32)


@pytest.mark.parametrize(
    "values",
    [
        (),
        (0.9,),
        (0.3,),
        (0.2, 0.55, 0.95, 0.45, 0.2),
        (0.95, 0.1, 0.95),
    ],
    ids=["nothing", "sure", "surely not", "slopes", "two"],
)
def test_what_is_clear_is_not_doubtful(values: tuple[float, ...]) -> None:
    assert not is_doubtful(scores(*values), 0.5, errors(0.1))


@pytest.mark.parametrize(
    "values",
    [
        (0.55,),
        (0.45,),
        (0.95, 0.45, 0.95),
        (0.95, 0.55, 0.95),
        (0.45, 0.55, 0.45, 0.95),
    ],
    ids=["hardly", "hardly not", "two or one", "one or two", "long slope"],
)
def test_what_could_be_otherwise_is_doubtful(values: tuple[float, ...]) -> None:
    assert is_doubtful(scores(*values), 0.5, errors(0.1))


def test_the_threshold_and_the_error_count() -> None:
    single = scores(0.7)

    assert not is_doubtful(single, 0.5, errors(0.1))
    assert is_doubtful(single, 0.75, errors(0.1))
    assert is_doubtful(single, 0.5, errors(0.25))


def test_no_frames_leave_no_doubt() -> None:
    assert not is_doubtful(np.empty(0, np.float32), 0.5, errors(0.1)[:0])


def test_every_frame_has_its_own_error() -> None:
    uneven = errors(0.01)
    uneven[20] = 0.1

    assert is_doubtful(scores(0.55), 0.5, uneven)
    assert not is_doubtful(scores(0.2, 0.55), 0.5, uneven)
