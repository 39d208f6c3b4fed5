"""The hook that every stage reports to."""

from __future__ import annotations

import pytest

from gpu_service.trace import Phase, StageEvent, Trace


def test_a_span_reports_start_and_end_and_adds_up() -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append)
    with trace.span("upload", key="a") as found:
        found["bytes"] = 3
    with trace.span("upload"):
        pass
    assert [event.phase for event in heard] == [Phase.STARTED, Phase.COMPLETE] * 2
    assert heard[1].fields == {"key": "a", "bytes": 3}
    assert trace.totals["upload"]["count"] == 2
    assert trace.totals["upload"]["seconds"] > 0


def test_a_failure_is_reported_and_goes_on() -> None:
    heard: list[StageEvent] = []
    trace = Trace(heard.append)
    with pytest.raises(KeyError), trace.span("rows"):
        raise KeyError
    assert heard[-1].phase is Phase.FAILED
