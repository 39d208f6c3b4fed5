from __future__ import annotations

import numpy as np

from gpu_service.detect.fast.compiled.functions import ARRAY, NUMBER, compiled

SOURCE = """
def fill(array, number):
    for index in range(array.size):
        array[index] = number
"""


def test_without_a_place_to_keep_it_a_function_is_compiled_all_the_same() -> None:
    """Numba keeps nothing of a function that is in no file."""
    names: dict[str, object] = {}
    exec(SOURCE, names)  # noqa: S102
    array = np.zeros(4, np.float32)

    fill = compiled(ARRAY, NUMBER)(names["fill"])  # type: ignore[arg-type]
    fill(array, 3)

    np.testing.assert_array_equal(array, [3, 3, 3, 3])
    assert not fill.stats.cache_path
