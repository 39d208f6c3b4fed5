from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks import registry
from benchmarks.context import Context
from benchmarks.figures import Figure, NotToBeHadError, Outcome, WrongResultsError
from benchmarks.registry import Case
from benchmarks.runner import Record, read_records, run_cases


def _context(out: Path, *, quick: bool = False) -> Context:
    place = cast("Any", SimpleNamespace(out=out))
    return Context(place, out, out, repeats=1, quick=quick)


def _run(
    monkeypatch: pytest.MonkeyPatch, out: Path, *outcomes: Outcome | Exception, quick: bool = False
) -> list[Record]:
    left = iter(outcomes)

    def run(context: Context) -> Outcome:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(registry, "import_module", lambda _: SimpleNamespace(run=run))
    cases = [Case(f"case-{n}", "m", "n", 1, "made") for n in range(len(outcomes))]
    return run_cases(cases, lambda _: _context(out, quick=quick), {"commit": "c"}, lambda _: None)


def test_a_case_that_fails_does_not_stop_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    records = _run(
        monkeypatch,
        tmp_path,
        WrongResultsError("7 of 8"),
        NotToBeHadError("no video"),
        OSError("disk\nand more"),
        Outcome([Figure("f", "s", (1.0,))], {"d": 1}, ["n"]),
    )
    assert [record.fault for record in records] == [
        "wrong results: 7 of 8",
        "not to be had: no video",
        "OSError: disk",
        None,
    ]
    assert [record.passed for record in records] == [False, False, False, True]


def test_wrong_results_leave_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (record,) = _run(monkeypatch, tmp_path, WrongResultsError("7 of 8"))
    assert record.figures == []


def test_a_figure_that_is_short_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (record,) = _run(monkeypatch, tmp_path, Outcome([Figure("f", "×", (1.0,), at_least=3.0)]))
    assert record.fault is None
    assert not record.passed


def test_records_are_read_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    records = _run(monkeypatch, tmp_path, Outcome([Figure("f", "s", (1.0, 2.0))], {"d": 1}, ["n"]))
    assert read_records(tmp_path) == records


def test_a_quick_run_never_replaces_a_full_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    full = _run(monkeypatch, tmp_path, Outcome([Figure("f", "s", (1.0,))]))
    quick = _run(monkeypatch, tmp_path, Outcome([Figure("f", "s", (9.0,))]), quick=True)
    assert read_records(tmp_path) == full
    assert read_records(tmp_path, quick=True) == quick
