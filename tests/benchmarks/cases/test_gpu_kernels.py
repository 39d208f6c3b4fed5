"""What is asked of kernels, which run on the CPU here."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import torch

from benchmarks.cases import gpu_kernels
from benchmarks.context import Context
from benchmarks.gpu import kernels
from benchmarks.place import Place


def test_those_that_read_surfaces_have_an_aim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_kernels, "need_gpu", lambda: "cpu")
    monkeypatch.setattr(torch.cuda, "get_device_name", str)
    monkeypatch.setattr(kernels, "SIZES", {"tiny": (64, 48)})
    monkeypatch.setattr(kernels, "_WINDOWS", 1)

    found = gpu_kernels.run(Context(cast("Place", None), tmp_path, tmp_path, 2, True))

    assert {one.name: one.at_least for one in found.figures if one.met is not None} == {
        f"{op}, to a copy": 0.8
        for op in (
            *("surface_to_detector, 16 NV12 tiny", "surface_to_detector, 16 P016 tiny"),
            *("surface_to_rgb, NV12 tiny", "surface_to_rgb, P016 tiny"),
        )
    }
    assert {len(one.samples) for one in found.figures} == {2}
