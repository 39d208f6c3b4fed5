"""What ``verify`` prints."""

from __future__ import annotations

import dataclasses
import json
import sys

from rich.console import Console

from gpu_service.console.plain import counted, plain
from gpu_service.pipeline.verify import Report


def print_report(report: Report, errors: Console, *, as_json: bool) -> None:
    """Every problem on a line of its own on stdout, the sum on stderr."""
    if as_json:
        found = dataclasses.asdict(report) | {"sound": report.sound}
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        for problem in report.problems:
            sys.stdout.write(plain(f"{problem.where}: {problem.what}") + "\n")
    errors.print(
        f"{counted(report.videos, 'video')}, {counted(report.events, 'event')}, "
        f"{counted(report.objects, 'thumbnail')} read back: "
        + ("all sound" if report.sound else counted(len(report.problems), "problem")),
        style="green" if report.sound else "red",
        markup=False,
    )
