"""The measure of a whole run, on the CPU with a driver that says what it is told to."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.cases import gpu_batch
from benchmarks.cases.gpu_batch import GpuRun, Level, Where, level_figures, measured
from benchmarks.context import Context
from benchmarks.facts import facts_of
from benchmarks.figures import WrongResultsError
from benchmarks.gpu.utilisation import Readings, Utilisation
from benchmarks.place import Place, Video
from tests.benchmarks.cases.attempts import summary
from tests.benchmarks.gpu.nvidia_smi import says
from tests.support.media import media


@pytest.mark.parametrize("processes", [1, 2])
def test_a_run_is_watched_and_its_results_looked_at(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    says(tmp_path, monkeypatch, "0, 0\n30, 90\n50, 60\n")
    path = media("realshort.mp4")
    context = Context(bench_place, path.parent, tmp_path, 1, True)
    videos = [bench_place.upload(path), *bench_place.copies(path, 2)]
    assert len({video.key for video in videos}) == 3

    found = measured(context, videos, Level(8, processes), Where("cpu", "pyav/", 4))

    assert found.readings.decoder_percent() == 75
    assert found.summary.seconds > 0
    assert found.unfed["absent"] > 0.2, "three videos never feed four engines"
    assert found.model_idle.startswith("idle ")

    with pytest.raises(WrongResultsError, match="decoded by pyav/h264"):
        measured(context, videos, Level(8, processes), Where("cpu", "nvdec/", 4))


def test_the_batch_has_as_much_for_every_engine(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, Level, Where]] = []

    def measured(context: Context, videos: list[Video], level: Level, where: Where) -> GpuRun:
        seen.append((len({video.address for video in videos}), level, where))
        return gpu_run(10, 99, 0.0)

    own, minute = media("realshort.mp4"), media("h265_video.mp4")
    engines = SimpleNamespace(supported=True, engines=7)
    monkeypatch.setattr(gpu_batch, "need_gpu", lambda: "cuda")
    monkeypatch.setattr(gpu_batch, "capabilities", lambda gpu: (engines,))
    monkeypatch.setattr(gpu_batch, "minutes_of_video", lambda *_: minute)
    monkeypatch.setattr(gpu_batch, "_VIDEOS", (own.name,))
    monkeypatch.setattr(gpu_batch, "measured", measured)

    found = gpu_batch.run(Context(bench_place, own.parent, tmp_path, 2, False))

    where = Where("cuda", "nvdec/", 7)
    levels = [Level(8, 1), Level(16, 1), Level(32, 1), Level(32, 3)]
    assert seen == [(169, level, where) for level in (*levels, *reversed(levels))]
    frames = facts_of(own).frames + 168 * facts_of(minute).frames
    assert found.notes[0].startswith(f"169 videos, {frames} frames, ")
    assert found.notes[1] == found.notes[2] == "8 at once, 1 process: model "
    assert found.notes[-1] == "32 at once, 3 processes: model "
    assert found.figures[0].samples == (frames / 10, frames / 10)


def gpu_run(seconds: float, decoder: float, starved: float) -> GpuRun:
    unfed = {"starved": starved, "blocked": 0.02, "between": 0.03, "absent": 0.0}
    return GpuRun(summary(seconds), Readings([Utilisation(50, decoder)]), unfed, "")


def test_every_run_says_why_nvdec_was_idle() -> None:
    runs = [gpu_run(10, 80, 0.05), gpu_run(20, 90, 0.06)]
    figures = level_figures("8 at once", runs, frames=1000, hours=2)
    asked = {one.name: one.at_least for one in figures if one.met is not None}
    assert asked == {"8 at once: NVDEC busy": 95}
    assert {one.name.removeprefix("8 at once"): one.samples for one in figures} == {
        "": (100, 50),
        ": video-hours a day a GPU": (2 * 8640, 8640),
        ": NVDEC busy": (80, 90),
        ": NVDEC idle, scans waited for bytes": (5, 6),
        ": NVDEC idle, scans waited for the model or for room": (2, 2),
        ": NVDEC idle, videos were being opened or published": (3, 3),
        ": NVDEC idle, there were fewer videos than engines": (0, 0),
        ": NVDEC idle, though scans were at work": (10, 0),
        ": SM busy": (50, 50),
    }
