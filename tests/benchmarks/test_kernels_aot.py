"""Every kernel compiles for every GPU that the service may meet, and the report has all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kernels.children import ROOT, need_triton, run_python

ARCHITECTURES = {75, 80, 86, 89, 90, 100, 120}
ROW = re.compile(r"│ ([^│]*\S) +│ +sm_(\d+) │ +(\d+) │ +(\d+) │ +(\d+) │ +([\d,]+) │")
_SURFACES = {"NV12": 1, "P016": 2}
"""Bytes a sample."""

Numbers = tuple[int, int, int, int]
"""Registers, spilled bytes, shared bytes, bytes moved."""


@pytest.fixture(scope="module")
def report() -> dict[str, dict[int, Numbers]]:
    """What it prints of each variant on each architecture."""
    need_triton()
    done = run_python("-m", "benchmarks.kernels_aot")
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, dict[int, Numbers]] = {}
    for op, architecture, *numbers in ROW.findall(done.stdout):
        registers, spilled, shared, moved = (int(one.replace(",", "")) for one in numbers)
        found.setdefault(op, {})[int(architecture)] = registers, spilled, shared, moved
    return found


def test_all_kernels_for_all_architectures(report: dict[str, dict[int, Numbers]]) -> None:
    folders: set[Path] = set((ROOT / "kernels" / "gpu_service_kernels").glob("*/kernel.py"))
    assert {op.partition(":")[0] for op in report} == {path.parent.name for path in folders}
    for op, rows in report.items():
        assert set(rows) == ARCHITECTURES, op
        assert all(0 < registers <= 255 for registers, *_ in rows.values()), op
        assert {spilled for _, spilled, *_ in rows.values()} == {0}, op


def test_every_kind_of_samples_is_there(report: dict[str, dict[int, Numbers]]) -> None:
    ways = ("", ", turned", ", interpolated", ", interpolated, turned")
    assert set(report) == {
        "color_histograms",
        "windowed_similarity: fp16",
        "windowed_similarity: fp32",
        "surface_to_detector: down",
        *(f"surface_to_detector: across, {name}{way}" for name in _SURFACES for way in ("", ", narrow")),
        *(f"surface_to_rgb: {name}{way}" for name in _SURFACES for way in ways),
    }  # fmt: skip


def test_shared_memory_and_bytes_are_said(report: dict[str, dict[int, Numbers]]) -> None:
    samples, pixels = 1920 * 1080 * 3 // 2, 1920 * 1080
    for name, size in _SURFACES.items():
        rgb = {moved for *_, moved in report[f"surface_to_rgb: {name}"].values()}
        assert rgb == {size * samples + 3 * pixels}
        across = report[f"surface_to_detector: across, {name}"]
        for *_, shared, moved in across.values():
            assert shared >= 4096
            assert size * samples < moved < 1.2 * size * samples
    counts = {row[2:] for row in report["color_histograms"].values()}
    assert counts == {(512 * 4, 27 * 48 * 3 + 512 * 4)}
