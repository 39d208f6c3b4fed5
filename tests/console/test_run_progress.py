"""The numbers behind bars and log lines."""

from __future__ import annotations

from gpu_service.console.run_progress import RunProgress
from gpu_service.trace import Phase, StageEvent


def report(stage: str, **fields: object) -> StageEvent:
    return StageEvent(stage, Phase.PROGRESS, fields=fields)


def test_a_video_says_its_frames_and_thumbnails() -> None:
    run = RunProgress(1)
    with run.video() as video:
        assert video.text == "0 frames"
        assert video.hear(report("detect", done=100, total=250))
        assert video.text == "100 of 250 frames"
        assert video.hear(report("upload", done=1, total=2))
        assert video.text == "100 of 250 frames, 1 thumbnail"
        assert video.hear(report("detect", done=300, total=None))
        assert video.text == "300 frames, 1 thumbnail"


def test_other_reports_say_nothing() -> None:
    with RunProgress(1).video() as video:
        assert not video.hear(report("what", done=1))
        assert not video.hear(StageEvent("detect", Phase.COMPLETE, 1.0, {"done": 7}))
        assert video.frames == 0


def test_the_run_adds_up_running_and_finished_videos() -> None:
    now = [100.0]
    run = RunProgress(3, clock=lambda: now[0])
    assert run.text == "0 of 3 videos, 0 events, 0 frames/s"
    with run.video() as a:
        with run.video() as b:
            now[0] += 2
            a.hear(report("detect", done=300, total=400))
            a.hear(report("upload", done=2, total=5))
            b.hear(report("detect", done=100, total=100))
            assert run.text == "0 of 3 videos, 2 events, 200 frames/s"
        run.done(events=1)
        assert run.text == "1 of 3 videos, 3 events, 200 frames/s"
    run.done(events=5)
    now[0] += 2
    assert run.text == "2 of 3 videos, 6 events, 100 frames/s"
