"""One run of the service through the harness, and of the cheapest rival."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.facts import facts_of
from benchmarks.place import Place
from benchmarks.rivals.ffmpeg_scene import FfmpegScene
from benchmarks.rivals.ours import Ours
from tests.support.media import media


def test_the_service_is_run_and_what_it_stored_is_counted(bench_place: Place) -> None:
    video = bench_place.upload(media("realshort.mp4"))
    attempt = Ours().run(bench_place, [video], log="ours")
    ((start, end),) = attempt.events[video.name]
    assert (start, round(end, 1)) == (0.0, 1.2)
    assert attempt.pictures == {video.name: 1}
    assert 0 < attempt.work_seconds < attempt.seconds
    assert attempt.finished.peak_bytes > 200e6
    assert bench_place.s3.counts().bytes_read(video.key) >= video.path.stat().st_size


def test_scenes_of_ffmpeg_cover_the_video(bench_place: Place) -> None:
    video = bench_place.upload(media("goldeneye-vfr-drop3.mp4"))
    attempt = FfmpegScene().run(bench_place, [video], log="ffmpeg")
    spans = attempt.events[video.name]
    assert spans[0][0] == 0.0
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    facts = facts_of(video.path)
    assert spans[-1][1] == pytest.approx(facts.frames * facts.frame_seconds, abs=0.2)
    assert attempt.pictures[video.name] == len(spans) - 1


def test_a_video_without_a_change_is_one_scene(bench_place: Place) -> None:
    video = bench_place.upload(media("h265_video.mp4"))
    attempt = FfmpegScene().run(bench_place, [video], log="ffmpeg-still")
    assert len(attempt.events[video.name]) == 1
    assert attempt.pictures == {video.name: 0}
