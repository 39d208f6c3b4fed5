"""The timeline file."""

from __future__ import annotations

import io
import json
import threading
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.trace import Phase, StageEvent, Trace
from gpu_service.trace_chrome import ACCELERATOR, ChromeTrace

Json = dict[str, Any]


class Timeline:
    """What a file says, as a viewer reads it."""

    def __init__(self, text: str) -> None:
        self.events: list[Json] = json.loads(text)
        self.slices = [event for event in self.events if event["ph"] == "X"]
        named = {
            (event["name"], event["pid"], event["tid"]): event["args"]
            for event in self.events
            if event["ph"] == "M"
        }
        self.processes = {
            pid: args["name"] for (what, pid, _), args in named.items() if what == "process_name"
        }
        self.threads = {
            tid: args["name"] for (what, _, tid), args in named.items() if what == "thread_name"
        }

    def rows(self) -> set[tuple[str, str]]:
        return {(self.processes[s["pid"]], self.threads[s["tid"]]) for s in self.slices}


def test_each_stage_of_each_video_has_a_row_and_the_accelerator_one() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    run = Trace(chrome)
    for name in ("s3://raw/a.mp4", "b\n\x1b[2J.mp4"):
        video = run.child(name)
        with video.span("decode", frames=32), video.waiting("decode", Phase.BLOCKED):
            pass
        with video.waiting("seek", Phase.STARVED):
            pass
        video.progress("detect", done=1, total=2)
    with run.span("detect", windows=2):
        pass
    chrome.finish()
    found = Timeline(file.getvalue())
    assert "\x1b" not in file.getvalue()
    assert found.rows() == {
        ("s3://raw/a.mp4", "decode"),
        ("s3://raw/a.mp4", "seek"),
        ("b\n\x1b[2J.mp4", "decode"),
        ("b\n\x1b[2J.mp4", "seek"),
        (ACCELERATOR, "detect"),
    }
    assert {s["cat"] for s in found.slices} == {"busy", "starved", "blocked"}
    (model,) = [s for s in found.slices if found.threads[s["tid"]] == "detect"]
    assert model["args"] == {"windows": 2}
    # Perfetto colours by name, chrome://tracing by cname: causes differ in both.
    for key in ("name", "cname"):
        assert len({(s["cat"], s[key]) for s in found.slices if s["cat"] != "busy"}) == 2


def test_times_are_microseconds_from_the_beginning() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    now = time.perf_counter()
    chrome(StageEvent("decode", Phase.COMPLETE, 0.25, at_seconds=now + 1.5, lane="a"))
    chrome.finish()
    (only,) = Timeline(file.getvalue()).slices
    assert only["dur"] == pytest.approx(250_000)
    assert only["ts"] == pytest.approx(1_250_000, abs=100_000)


def test_work_at_the_same_time_lies_on_rows_of_its_own() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    now = time.perf_counter()
    for start, end in ((1.0, 2.0), (1.5, 2.5), (2.0, 3.0), (2.6, 2.7)):
        chrome(StageEvent("upload", Phase.COMPLETE, end - start, at_seconds=now + end, lane="a"))
    chrome.finish()
    found = Timeline(file.getvalue())
    assert found.rows() == {("a", "upload")}
    assert len({s["tid"] for s in found.slices}) == 2


def test_a_failure_says_so() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    trace = Trace(chrome, lane="a")
    with pytest.raises(KeyError), trace.span("upload", key="k", where=Path("x")):
        raise KeyError
    chrome.finish()
    (only,) = Timeline(file.getvalue()).slices
    assert only["args"] == {"key": "k", "where": "x", "failed": True}


def test_a_lent_thread_is_busy_and_says_so() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    with Trace(chrome).waiting("detect", Phase.LENT):
        pass
    chrome.finish()
    (slice_,) = Timeline(file.getvalue()).slices
    assert (slice_["name"], slice_["cat"], slice_["args"]) == ("detect", "busy", {"lent": True})


def test_a_run_in_which_nothing_happened_is_an_empty_timeline() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    chrome.finish()
    chrome.finish()
    assert json.loads(file.getvalue()) == []


def test_reports_after_the_end_are_not_written() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    trace = Trace(chrome)
    with trace.span("open"):
        pass
    chrome.finish()
    before = file.getvalue()
    with trace.span("open"):
        pass
    assert file.getvalue() == before


def test_every_event_is_a_line_so_that_a_killed_run_s_file_is_read_as_well() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    with Trace(chrome, lane="a").span("open"):
        pass
    assert json.loads(file.getvalue() + "]")


class FullDisk(io.StringIO):
    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, text: str) -> int:
        if self.tell() + len(text) > self.room:
            raise OSError(28, "No space left on device")
        return super().write(text)


@pytest.mark.parametrize("room", [0, 300])
def test_a_full_disk_ends_the_timeline_and_not_the_run(room: int) -> None:
    chrome = ChromeTrace(FullDisk(room))
    trace = Trace(chrome, lane="a")
    for _ in range(10):
        with trace.span("open"):
            pass
    chrome.finish()
    assert chrome.failure is not None
    assert trace.totals["open"]["count"] == 10


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "a", "b"]),
            st.sampled_from(["decode", "upload", "detect"]),
            st.floats(0, 5),
            st.floats(0, 5),
            st.sampled_from([Phase.COMPLETE, Phase.FAILED, Phase.STARVED, Phase.BLOCKED]),
        )
    )
)
def test_slices_of_a_thread_never_overlap(
    reports: list[tuple[str, str, float, float, Phase]],
) -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    now = time.perf_counter() + 10
    for lane, stage, end, seconds, phase in sorted(reports, key=lambda report: report[2]):
        chrome(StageEvent(stage, phase, seconds, at_seconds=now + end, lane=lane))
    chrome.finish()
    found = Timeline(file.getvalue())
    assert len(found.slices) == len(reports)
    of_thread: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for one in found.slices:
        of_thread[one["tid"]].append((one["ts"], one["ts"] + one["dur"]))
    for spans in of_thread.values():
        spans.sort()
        for (_, end), (start, _) in pairwise(spans):
            assert end <= start + 0.002


def test_threads_write_whole_lines() -> None:
    file = io.StringIO()
    chrome = ChromeTrace(file)
    run = Trace(chrome)

    def work(lane: str) -> None:
        video = run.child(lane)
        for _ in range(300):
            video.worked("decode", 0.001, 0.0005)

    threads = [threading.Thread(target=work, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chrome.finish()
    assert len(Timeline(file.getvalue()).slices) == 4 * 600
