"""Progress on a terminal and elsewhere."""

from __future__ import annotations

import io
import logging
import time

import pytest
from rich.console import Console

from gpu_service.console.progress import show_progress
from gpu_service.trace import Phase, StageEvent

NASTY = "\x1b[2J\r\n\x07[b].mp4"


def report(done: int, total: int | None) -> StageEvent:
    return StageEvent("detect", Phase.PROGRESS, fields={"done": done, "total": total})


def terminal() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=True, width=80, color_system=None), out


def test_a_terminal_shows_a_bar_a_video_and_one_for_all() -> None:
    console, out = terminal()
    with show_progress(console, 2) as view, view.listen("a.mp4") as a, view.listen("b.mp4") as b:
        a(report(10, 40))
        b(report(7, None))
        view.done(3)
        with view.hidden():
            pass
    said = out.getvalue()
    assert "a.mp4" in said
    assert "10 of 40 frames" in said
    assert "7 frames" in said
    assert "1 of 2 videos, 3 events" in said


def test_one_video_has_no_line_for_all() -> None:
    console, out = terminal()
    with show_progress(console, 1) as view, view.listen("a.mp4") as a:
        a(report(10, 40))
        view.done(3)
        with view.hidden():
            pass
    assert "10 of 40 frames" in out.getvalue()
    assert "videos" not in out.getvalue()


def test_a_name_s_control_characters_do_not_reach_the_terminal() -> None:
    console, out = terminal()
    with show_progress(console, 1) as view, view.listen(NASTY) as listener:
        listener(report(1, 2))
    said = out.getvalue()
    assert "\\x1b[2J\\r\\n\\x07[b].mp4" in said
    assert "\x1b[2J" not in said
    assert "\x07" not in said


def test_a_long_name_shows_its_end() -> None:
    console, out = terminal()
    with show_progress(console, 1) as view, view.listen("s3://bucket/" + "x" * 80 + "/end.mp4"):
        pass
    assert "…" in out.getvalue()
    assert "x/end.mp4" in out.getvalue()
    assert "s3://" not in out.getvalue()


def test_nothing_is_shown_while_results_are_printed() -> None:
    console, out = terminal()
    with show_progress(console, 2) as view, view.listen("a.mp4") as a:
        a(report(1, 2))
        with view.hidden():
            before = out.getvalue()
            a(report(2, 2))
            assert out.getvalue() == before


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (1, "\\x1b[2J\\r\\n\\x07[b].mp4: 10 of 40 frames"),
        (2, "0 of 2 videos, 0 events, "),
    ],
)
def test_elsewhere_there_are_log_lines_now_and_then(
    asked: int, line: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, logger="gpu_service.progress")
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    out = io.StringIO()
    with show_progress(Console(file=out), asked) as view, view.listen(NASTY) as listener:
        now[0] = 1.0
        listener(report(5, 40))
        assert caplog.messages == []
        now[0] = 5.0
        listener(report(10, 40))
        now[0] = 6.0
        listener(report(12, 40))
        view.done(1)
    (said,) = caplog.messages
    assert said.startswith(line)
    assert said.isprintable()
    assert out.getvalue() == ""
