"""The ops' own launches pass Triton's binder and compiler, which the interpreter goes round."""

from __future__ import annotations

import json

from tests.kernels.children import need_triton, run_python


def test_every_launch_binds_and_compiles() -> None:
    need_triton()
    done = run_python("-m", "tests.kernels.launches")
    assert done.returncode == 0, done.stderr
    launches = [json.loads(line) for line in done.stdout.splitlines()]
    by_kernel: dict[str, list[dict[str, object]]] = {}
    for launch in launches:
        by_kernel.setdefault(launch["kernel"], []).append(launch)
    assert {name: len(found) for name, found in by_kernel.items()} == {
        "rows_across": 8,
        "columns_down": 8,
        "convert": 16,
        "count_colors": 2,
        "compare": 2,
    }
    # Of two surfaces, 36 rows of Y and 18 of chroma, by 32; three groups of 16 columns.
    across = {"kernel": "rows_across", "warps": 2, "grid": [2 * (2 + 1) * 3]}
    assert by_kernel["rows_across"][0] == across
    assert by_kernel["columns_down"][0]["grid"] == [2 * 27]
    assert by_kernel["count_colors"][0]["grid"] == [2]
