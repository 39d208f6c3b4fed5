"""``python -m benchmarks [CASE…]``: verify, measure, and write down what was found."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.console import Console

from benchmarks.context import Context
from benchmarks.machine import describe_machine
from benchmarks.place import ROOT, place
from benchmarks.registry import CASES, Case
from benchmarks.report import markdown_rows, table_of
from benchmarks.runner import read_records, run_cases
from tests.support.media import media_folder

_LOG_WIDTH = 140


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CASE", help="cases; all without any")
    parser.add_argument("--list", action="store_true", help="say what cases there are")
    parser.add_argument(
        "--gpu", action="store_true", help="those that need a GPU, if none is named"
    )
    parser.add_argument("--quick", action="store_true", help="small versions, once: does it work?")
    parser.add_argument("--repeats", type=int, help="repetitions; each case has its own number")
    parser.add_argument("--out", type=Path, default=ROOT / ".gpu-service" / "bench")
    parser.add_argument("--media", type=Path, default=media_folder(), help="real videos")
    parser.add_argument("--table", action="store_true", help="Markdown of the latest figures")
    parser.add_argument("--plots", action="store_true", help="only draw the latest figures")
    options = parser.parse_args()
    unknown = set(options.names) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no case named {', '.join(sorted(unknown))}; --list says what there is")
    if options.media is None and not (options.list or options.table or options.plots):
        parser.error("no real videos here; give --media DIR")
    return options


def main() -> int:
    """Run what is asked for; 1 where a figure falls short or is missing."""
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else _LOG_WIDTH)
    chosen = [
        case
        for case in CASES
        if (case.name in options.names if options.names else case.gpu == options.gpu)
    ]
    if options.list:
        for case in chosen if options.names or options.gpu else CASES:
            console.print(
                f"[bold]{case.name}[/bold]: {case.measures}; {case.needs}; "
                f"about {case.minutes * case.repeats:g} min ({case.repeats} repetitions)"
            )
        return 0
    options.out.mkdir(parents=True, exist_ok=True)
    if options.table:
        print("\n".join(markdown_rows(read_records(options.out, quick=options.quick))))
        return 0
    if not options.plots:
        _run(chosen, options, console)
    from benchmarks.plots.draw import draw_all

    records = read_records(options.out, quick=options.quick)
    for path in draw_all(records, options.out):
        console.print(f"drawn: {path}", soft_wrap=True)
    shown = [record for record in records if record.case in {case.name for case in chosen}]
    console.print(table_of(shown))
    for record in shown:
        for note in record.notes:
            console.print(f"{record.case}: {note}", markup=False, soft_wrap=True)
    return 0 if shown and all(record.passed for record in shown) else 1


def _run(chosen: list[Case], options: argparse.Namespace, console: Console) -> None:
    with place(options.out.resolve()) as where:

        def context_of(case: Case) -> Context:
            repeats = options.repeats or (1 if options.quick else case.repeats)
            made = options.out.resolve() / "media"
            return Context(where, options.media.resolve(), made, repeats, options.quick)

        version = asyncio.run(where.value("SELECT split_part(version(), ' ', 2)"))
        machine = describe_machine(str(version))

        def say(text: str) -> None:
            console.print(text, markup=False, soft_wrap=True)

        run_cases(chosen, context_of, machine, say)


if __name__ == "__main__":
    sys.exit(main())
