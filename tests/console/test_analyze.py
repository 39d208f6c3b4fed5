"""What analyze prints of results and of the run, also when it is stopped."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction

import pytest
from rich.console import Console

from gpu_service.budget import ByteBudget
from gpu_service.console.analyze import AnalyzeConsole
from gpu_service.errors import TransientError
from gpu_service.events import Event
from gpu_service.jobs import SourceRef, VideoJob, VideoResult, VideoStatus
from gpu_service.run_summary import RunRecord

NASTY = "k\x1b[2J\r\n\x07.mp4"
EVENT = Event(
    7, Fraction(0), Fraction(2), "shot", "Shot 1, \x1b[2J2 s", 1, Fraction(1), "events/7.jpg"
)


def job(key: str, video_id: int | None = None) -> VideoJob:
    return VideoJob(SourceRef("raw", key), video_id)


def result(of: VideoJob, status: VideoStatus = VideoStatus.COMPLETE) -> VideoResult:
    return VideoResult(
        of.video, "cpu", "pyav/h264", status, frames=50, object_size=9, events=[EVENT]
    )


class Run:
    """One run's console, in front of a terminal or not."""

    def __init__(self, *jobs: VideoJob, terminal: bool = False, as_json: bool = True) -> None:
        self.err = io.StringIO()
        self.record = RunRecord("detect")
        self.record.watch(
            ByteBudget("frames", 1024**2), ByteBudget("packets", 2 * 1024**2), workers=1
        )
        console = Console(
            file=self.err, force_terminal=terminal, width=100, color_system=None, emoji=False
        )
        self.seen = AnalyzeConsole(console, self.record, as_json=as_json, device="auto")
        self.seen.expect(jobs)

    def finish(self, of: VideoJob) -> None:
        with self.seen.listen(of), self.record.trace.span("detect", windows=3):
            pass
        self.seen.done(of, result(of))

    def stop(self, done: Sequence[VideoJob], running: VideoJob) -> None:
        with suppress(TransientError), self.seen:
            for one in done:
                self.finish(one)
            with self.seen.listen(running):
                raise TransientError("stopped by SIGINT", reason="interrupted")

    @property
    def said(self) -> str:
        return self.err.getvalue()


def printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_results_come_as_videos_finish(capsys: pytest.CaptureFixture[str]) -> None:
    a, b = job("a"), job("b")
    run = Run(a, b)
    with run.seen:
        with run.seen.listen(a):
            run.finish(b)
            assert [one["source"] for one in printed(capsys)] == ["s3://raw/b"]
            assert "s3://raw/b: complete: 1 event in 50 frames on cpu (pyav/h264)" in run.said
        run.seen.done(a, result(a))
        assert [one["source"] for one in printed(capsys)] == ["s3://raw/a"]
    assert printed(capsys) == []
    for words in ("stage ", "detect ", "2 videos (2 complete) in ", "3 windows in 1 batch"):
        assert words in run.said
    assert "frames 0.0 of 1 MiB, packets 0.0 of 2 MiB" in run.said
    assert "undone" not in run.said


def test_one_video_elsewhere_is_one_line() -> None:
    a = job("a")
    run = Run(a)
    with run.seen:
        run.finish(a)
    (line,) = run.said.splitlines()
    assert line.startswith("s3://raw/a: complete")


def test_one_video_on_a_terminal_has_one_line_more() -> None:
    a = job("a")
    run = Run(a, terminal=True)
    with run.seen:
        run.finish(a)
    assert "model busy 100.0 % from its first window to its last: 3 windows in 1 batch" in run.said
    assert "stage " not in run.said


def test_a_stopped_run_names_what_is_undone(capsys: pytest.CaptureFixture[str]) -> None:
    jobs = [job("a", 1), job("a", 2), job("b")]
    run = Run(*jobs)
    run.stop(done=[jobs[1]], running=jobs[0])
    # The same source, once done and once not: the ids tell.
    assert run.said.splitlines()[-3:] == [
        "undone: 2 of 3 videos",
        "  s3://raw/a as video 1",
        "  s3://raw/b",
    ]
    assert "3 videos (1 complete, 2 undone)" in run.said
    objects = printed(capsys)
    assert [(one["video_id"], one["status"]) for one in objects] == [
        (2, "complete"),
        (1, "failed"),
        (jobs[2].video.id, "failed"),
    ]
    assert objects[-1]["error"] == {
        "reason": "interrupted",
        "message": "stopped by SIGINT",
        "retryable": True,
    }


def test_many_undone_videos_are_counted() -> None:
    jobs = [job(str(number)) for number in range(30)]
    run = Run(*jobs, as_json=False)
    run.stop(done=[], running=jobs[0])
    assert "undone: 30 of 30 videos" in run.said
    assert run.said.splitlines()[-1] == "  and 10 more"


def test_a_run_that_never_began_says_nothing_of_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = Run(job("a"), job("b"))
    with pytest.raises(TransientError), run.seen:
        raise TransientError("no database", reason="database_down")
    assert run.said == ""
    assert [one["status"] for one in printed(capsys)] == ["failed", "failed"]


@pytest.mark.parametrize("terminal", [False, True])
def test_control_characters_reach_neither_stream(
    terminal: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = [job(NASTY), job(NASTY, 5), job("[red]b")]
    run = Run(*jobs, terminal=terminal, as_json=False)
    run.stop(done=[jobs[0], jobs[2]], running=jobs[1])
    out = capsys.readouterr().out
    for said in (out, run.said):
        assert "\x1b[2J" not in said
        assert "\x07" not in said
        assert "\r\n" not in said
    assert "k\\x1b[2J\\r\\n\\x07.mp4" in run.said
    assert "[red]b: complete" in run.said


@pytest.mark.parametrize("terminal", [False, True])
def test_what_another_process_says_is_a_line_on_stderr(
    terminal: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    a = job("a")
    run = Run(a, job("b"), terminal=terminal)
    said = f"WARNING [red]{NASTY} :car: " + "x" * 300
    with run.seen:
        run.seen.say("before any video")
        with run.seen.listen(a):
            run.seen.say(said)
    lines = [line.rstrip() for line in run.said.splitlines()]
    assert "before any video" in lines
    assert any(line.endswith("k\\x1b[2J\\r\\n\\x07.mp4 :car: " + "x" * 300) for line in lines)
    assert "[red]k" in run.said
    assert printed(capsys) == []
