"""The bookkeeping of the lengths, with runs that only say what they took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases import length
from benchmarks.context import Context
from benchmarks.figures import Outcome, WrongResultsError
from benchmarks.long_media import FRAMES_A_MINUTE
from benchmarks.place import Place, Video
from benchmarks.service import Analysis
from tests.benchmarks.cases.attempts import finished, summary
from tests.support.media import media

_START_UP = 3.0


class _Service:
    """Takes 2 ms a frame, and a tenth of a second more each time that it is run."""

    def __init__(self) -> None:
        self.ran: list[int] = []
        self.lost_frames = 0
        self.peak_megabytes: dict[int, int] = {}
        self.first_end = 4.0

    def analyze(self, place: Place, videos: list[Video], *, name: str) -> Analysis:
        minutes = int(name.rpartition("-")[2])
        self.ran.append(minutes)
        frames = minutes * FRAMES_A_MINUTE
        seconds = 0.002 * frames + 0.1 * len(self.ran)
        events = [{"start_time": 0.0, "end_time": self.first_end}]
        printed: dict[str, dict[str, Any]] = {
            videos[0].name: {"frames": frames - self.lost_frames, "events": events}
        }
        peak = self.peak_megabytes.get(minutes, 1000) * 10**6
        end = finished(seconds + _START_UP, cpu=2 * seconds, peak=peak)
        return Analysis(end, printed, summary(seconds), {})


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Service:
    def made(folder: Path, source: Path, minutes: int) -> Path:
        path = tmp_path / f"{minutes}.mp4"
        path.write_bytes(b"x")
        return path

    fake = _Service()
    monkeypatch.setattr(length, "analyze", fake.analyze)
    monkeypatch.setattr(length, "minutes_of_video", made)
    return fake


def _run(bench_place: Place, tmp_path: Path) -> Outcome:
    folder = media("h265_video.mp4").parent
    return length.run(Context(bench_place, folder, tmp_path, repeats=1, quick=False))


def test_a_machine_that_grows_slower_meets_all_lengths_alike(
    bench_place: Place, tmp_path: Path, service: _Service
) -> None:
    service.peak_megabytes = {5: 1000, 60: 1100}
    outcome = _run(bench_place, tmp_path)
    assert service.ran == [0, 1, 5, 10, 60, 10, 5, 1]
    found = {figure.name: figure for figure in outcome.figures}
    # One run of 60 minutes, and of the others two at equal distance from it.
    drift = 0.1 * (5 - 1)
    wall = found["wall time a frame, 60 min"].median
    assert wall == pytest.approx(2 + 1e3 * drift / (60 * FRAMES_A_MINUTE))
    assert found["wall time a frame, 1 min"].median == pytest.approx(
        2 + 1e3 * drift / FRAMES_A_MINUTE
    )
    assert found["CPU time a frame, 60 min"].median == pytest.approx(2 * wall)
    growth = found["peak memory, 60 against 5 min"]
    assert growth.median == pytest.approx(1.1)
    assert growth.met is False


def test_a_missing_frame_gives_no_figures(
    bench_place: Place, tmp_path: Path, service: _Service
) -> None:
    service.lost_frames = 1
    with pytest.raises(WrongResultsError, match="frames of"):
        _run(bench_place, tmp_path)


def test_other_events_give_no_figures(
    bench_place: Place, tmp_path: Path, service: _Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = service.analyze

    def analyze(place: Place, videos: list[Video], *, name: str) -> Analysis:
        service.first_end = 4.0 if len(service.ran) < 2 else 5.0
        return plain(place, videos, name=name)

    monkeypatch.setattr(length, "analyze", analyze)
    with pytest.raises(WrongResultsError, match="begins with other events"):
        _run(bench_place, tmp_path)
