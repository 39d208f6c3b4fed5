"""What was found, for people: a table on the terminal, rows of Markdown for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.markup import escape
from rich.table import Table

from benchmarks.figures import Figure
from benchmarks.registry import CASES
from benchmarks.runner import Record


def table_of(records: Sequence[Record]) -> Table:
    """Every figure of every case."""
    table = Table(title="benchmarks", show_lines=False)
    for heading in ("case", "figure", "asked", "median", "low to high", "n", ""):
        table.add_column(heading, justify="left" if heading in ("case", "figure") else "right")
    for record in records:
        if record.fault is not None:
            table.add_row(record.case, f"[red]{escape(record.fault)}[/red]", "", "", "", "", "")
        for figure in record.figures:
            table.add_row(
                record.case,
                figure.name,
                asked(figure),
                number(figure.median, figure.unit),
                spread(figure),
                str(len(figure.samples)),
                {True: "[green]met[/green]", False: "[red]short[/red]", None: ""}[figure.met],
            )
    return table


def markdown_rows(records: Sequence[Record]) -> Iterator[str]:
    """The rows of a page's tables, a table a case, in the registry's order."""
    by_name = {record.case: record for record in records}
    for case in CASES:
        record = by_name.get(case.name)
        if record is None:
            continue
        yield (
            f"`make bench CASES={case.name}` — {case.measures} ({record.machine['commit']}; other "
            f"processes kept {record.other_cores:.1f} cores busy)"
        )
        yield ""
        if record.fault is not None:
            yield f"No figure: {record.fault}"
            yield ""
            continue
        yield "| figure | asked | found | |"
        yield "|---|---|---|---|"
        for figure in record.figures:
            verdict = {True: "met", False: "**short**", None: ""}[figure.met]
            found = number(figure.median, figure.unit)
            if len(figure.samples) > 1:
                found += f" ({spread(figure)}, n = {len(figure.samples)})"
            yield f"| {figure.name} | {asked(figure)} | {found} | {verdict} |"
        yield ""
        for note in record.notes:
            yield f"- {note}"
        if record.notes:
            yield ""


def asked(figure: Figure) -> str:
    """What the figure must be."""
    if figure.at_least is not None:
        return f"≥ {number(figure.at_least, figure.unit)}"
    if figure.at_most is not None:
        return f"≤ {number(figure.at_most, figure.unit)}"
    return "–"


def spread(figure: Figure) -> str:
    """Lowest to highest."""
    if len(figure.samples) == 1:
        return ""
    return f"{number(min(figure.samples), '')}–{number(max(figure.samples), figure.unit)}"


def number(value: float, unit: str) -> str:
    """Three digits that count, and the unit."""
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    text = f"{value:,.{digits}f}"
    return text if not unit else f"{text}{unit}" if unit in ("×", "%") else f"{text} {unit}"
