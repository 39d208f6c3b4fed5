from __future__ import annotations

import io

import pytest
from rich.console import Console

from benchmarks.figures import Figure
from benchmarks.registry import CASES
from benchmarks.report import asked, markdown_rows, number, spread, table_of
from benchmarks.runner import Record


def _record(*figures: Figure, case: str = CASES[0].name, fault: str | None = None) -> Record:
    return Record(
        case, "now", 1.0, 3, False, {"commit": "abc"}, list(figures), {}, ["a note"], fault, 0.25
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234.5, "MB", "1,234 MB"),
        (123.4, "s", "123 s"),
        (12.34, "ms", "12.3 ms"),
        (1.234, "×", "1.23×"),
        (0.1234, "", "0.123"),
        (95.0, "%", "95.0%"),
        (0.0, "s", "0.000 s"),
        (-12.34, "s", "-12.3 s"),
    ],
)
def test_three_digits_and_the_unit(value: float, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_what_is_asked_and_the_spread() -> None:
    assert asked(Figure("f", "×", (1.0,), at_least=3.0)) == "≥ 3.00×"
    assert asked(Figure("f", "s", (1.0,), at_most=2.0)) == "≤ 2.00 s"
    assert asked(Figure("f", "s", (1.0,))) == "–"
    assert spread(Figure("f", "s", (3.0, 1.0, 2.0))) == "1.00–3.00 s"
    assert spread(Figure("f", "s", (3.0,))) == ""


def test_the_markdown_says_what_was_met_and_what_is_short() -> None:
    rows = list(
        markdown_rows(
            [
                _record(
                    Figure("fast", "×", (4.0, 3.0, 5.0), at_least=3.0),
                    Figure("slow", "×", (2.0,), at_least=3.0),
                    Figure("told", "s", (2.0,)),
                )
            ]
        )
    )
    assert rows[0].startswith(f"`make bench CASES={CASES[0].name}`")
    assert "(abc; other processes kept 0.2 cores busy)" in rows[0]
    assert "| fast | ≥ 3.00× | 4.00× (3.00–5.00×, n = 3) | met |" in rows
    assert "| slow | ≥ 3.00× | 2.00× | **short** |" in rows
    assert "| told | – | 2.00 s |  |" in rows
    assert "- a note" in rows


def test_a_fault_is_told_in_place_of_figures() -> None:
    record = _record(fault="wrong results: 7 [of] 8")
    assert "No figure: wrong results: 7 [of] 8" in list(markdown_rows([record]))
    file = io.StringIO()
    Console(file=file, width=120).print(table_of([record]))
    assert "wrong results: 7 [of] 8" in file.getvalue()
    assert not record.passed
