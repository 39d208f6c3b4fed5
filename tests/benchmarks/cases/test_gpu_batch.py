"""The measure of a whole run, on the CPU with a driver that says what it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cases.gpu_batch import measured
from benchmarks.context import Context
from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from tests.benchmarks.gpu.nvidia_smi import says
from tests.support.media import media


def test_a_run_is_watched_and_its_results_looked_at(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says(tmp_path, monkeypatch, "0, 0, 0\n30, 90, 0\n50, 60, 2\n")
    path = media("realshort.mp4")
    context = Context(bench_place, path.parent, tmp_path, 1, True)
    found = measured(context, [bench_place.upload(path)], 8, ("cpu", "pyav/"))
    assert found.readings.decoder_percent() == 75
    assert found.summary.seconds > 0
    assert found.idle.startswith("idle ")

    with pytest.raises(WrongResultsError, match="decoded by pyav/h264"):
        measured(context, [bench_place.upload(path)], 8, ("cpu", "nvdec/"))
