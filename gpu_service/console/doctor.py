"""What ``doctor`` prints."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gpu_service.doctor.check import Check, State
from gpu_service.settings import setting_names

_STYLES = {State.OK: "green", State.ABSENT: "yellow", State.BROKEN: "red"}


def print_checks(checks: Sequence[Check], *, as_json: bool) -> None:
    """A table, or one JSON array."""
    if as_json:
        sys.stdout.write(json.dumps([dataclasses.asdict(check) for check in checks]) + "\n")
        return
    table = Table()
    for name in ("what", "state", "found", "remedy"):
        table.add_column(name, overflow="fold")
    for check in checks:
        style = _STYLES[check.state]
        table.add_row(
            check.name, f"[{style}]{check.state}", escape(check.detail), escape(check.remedy)
        )
    Console().print(table)


def print_settings() -> None:
    """Every setting with its value in this environment, where it has one."""
    table = Table()
    for name in ("setting", "what it is", "set here to"):
        table.add_column(name, overflow="fold")
    for name, description in setting_names().items():
        value = os.environ.get(name, "")
        table.add_row(name, description, "…" if name == "DATABASE_URL" and value else value)
    Console().print(table)
