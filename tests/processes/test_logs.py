"""What processes print becomes lines of the command's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.conftest import Place
from tests.processes.heard import Heard, job
from tests.processes.talker import LONG_TEXT

pytestmark = pytest.mark.anyio


async def test_each_line_is_said_however_long() -> None:
    heard = Heard()
    assert await heard.analyze([job("a", "says"), job("b")]) == 0
    assert heard.lines[:2] == ["one", "two \x1b[2J"]
    assert "".join(heard.lines[2:-1]) == LONG_TEXT
    assert heard.lines[-1].startswith("said by ")


@pytest.mark.usefixtures("stand_ins")
def test_fewer_processes_than_asked_for_are_said(place: Place, two_shots: Path) -> None:
    sources = [place.upload(f"{key}.mp4", two_shots) for key in "abc"]
    for at_once, said in (("2", True), ("3", False)):
        words = ("--processes", "3", "--concurrency", at_once, "--device", "cpu")
        done = place.analyze(*sources, *words)
        assert done.code == 0, done.errors
        assert (f"{at_once} processes, since no more videos run at once" in done.errors) == said
