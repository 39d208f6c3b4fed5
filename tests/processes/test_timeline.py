"""What processes write of a run's timeline becomes one."""

from __future__ import annotations

import io
import tempfile

import pytest

from gpu_service.errors import SettingsError
from gpu_service.trace import Phase, StageEvent, Trace
from gpu_service.trace_chrome import ACCELERATOR, ChromeTrace
from tests.processes.heard import Heard, job
from tests.test_trace_chrome import FullDisk, Timeline


class Parts:
    """A timeline, and those of two processes that are to be parts of it."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        self.chrome = ChromeTrace(self.file)
        self.files = [io.StringIO(), io.StringIO()]
        zero = self.chrome.zero_seconds
        self.parts = [
            ChromeTrace(file, part=number, zero_seconds=zero)
            for number, file in enumerate(self.files, 1)
        ]

    def add(self) -> Timeline:
        for file in self.files:
            file.seek(0)
            self.chrome.add(file)
        self.chrome.finish()
        return Timeline(self.file.getvalue())


def test_parts_become_one_with_numbers_of_their_own() -> None:
    whole = Parts()
    with Trace(whole.chrome, lane="own").span("open"):
        pass
    for part in whole.parts:
        run = Trace(part)
        for name in ("a.mp4", "b.mp4"):
            with run.child(name).span("decode"):
                pass
        with run.span("detect"):
            pass
        part.finish()
    found = whole.add()
    assert found.rows() == {
        ("own", "open"),
        ("a.mp4", "decode"),
        ("b.mp4", "decode"),
        (f"{ACCELERATOR} 1", "detect"),
        (f"{ACCELERATOR} 2", "detect"),
    }
    assert len(found.slices) == 7
    assert len({s["pid"] for s in found.slices}) == 7
    assert len({s["tid"] for s in found.slices}) == 7
    # Models come first.
    order = {e["pid"]: e["args"]["sort_index"] for e in found.events if "process_sort" in e["name"]}
    first = {found.processes[pid] for pid, index in order.items() if index == 0}
    assert first == {f"{ACCELERATOR} 1", f"{ACCELERATOR} 2"}


def test_parts_count_time_from_the_one_beginning() -> None:
    whole = Parts()
    zero = whole.chrome.zero_seconds
    for number, trace in enumerate((whole.chrome, *whole.parts), 1):
        trace(StageEvent("decode", Phase.COMPLETE, 0.5, at_seconds=zero + number, lane="a"))
    for part in whole.parts:
        part.finish()
    found = whole.add()
    assert [s["ts"] for s in found.slices] == pytest.approx([500_000, 1_500_000, 2_500_000])


def test_a_part_of_a_process_that_was_killed_is_taken_as_far_as_its_lines_are_whole() -> None:
    written = io.StringIO()
    part = ChromeTrace(written, part=1)
    for name in ("a.mp4", "b.mp4"):
        with Trace(part, lane=name).span("decode"):
            pass
    text = written.getvalue()
    for end in range(len(text) + 1):
        file = io.StringIO()
        chrome = ChromeTrace(file)
        chrome.add(io.StringIO(text[:end]))
        with Trace(chrome, lane="own").span("open"):
            pass
        chrome.finish()
        found = Timeline(file.getvalue())
        whole_lines = text[:end].count("},\n")
        assert len(found.events) == whole_lines + 5


def test_a_part_of_which_nothing_happened_adds_nothing() -> None:
    whole = Parts()
    whole.parts[0].finish()
    found = whole.add()
    assert found.events == []


def test_a_full_disk_ends_the_timeline_and_not_the_run_when_a_part_is_added() -> None:
    written = io.StringIO()
    with Trace(ChromeTrace(written, part=1), lane="a").span("open"):
        pass
    chrome = ChromeTrace(FullDisk(100))
    chrome.add(io.StringIO(written.getvalue()))
    chrome.finish()
    assert chrome.failure is not None


def test_a_part_that_comes_after_the_end_is_not_written() -> None:
    whole = Parts()
    with Trace(whole.parts[0], lane="a").span("open"):
        pass
    whole.chrome.finish()
    assert whole.add().events == []


@pytest.mark.anyio
async def test_a_part_that_is_not_whole_is_told() -> None:
    heard = Heard(timeline=ChromeTrace(io.StringIO()))
    assert await heard.analyze([job("a", "has_a_full_disk"), job("b")]) == 0
    assert heard.timeline is not None
    assert heard.timeline.failure is not None
    assert heard.timeline.failure.strerror == "No space left on device"


@pytest.mark.anyio
async def test_parts_need_a_temporary_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    heard = Heard(timeline=ChromeTrace(io.StringIO()))
    with pytest.raises(SettingsError, match="No such file or directory; name another FILE"):
        await heard.analyze([job("a"), job("b")])
