"""What processes print becomes lines of the command's."""

from __future__ import annotations

import pytest

from tests.processes.heard import Heard, job
from tests.processes.talker import LONG_TEXT

pytestmark = pytest.mark.anyio


async def test_each_line_is_said_however_long() -> None:
    heard = Heard()
    assert await heard.analyze([job("a", "says"), job("b")]) == 0
    assert heard.lines[:2] == ["one", "two \x1b[2J"]
    assert "".join(heard.lines[2:-1]) == LONG_TEXT
    assert heard.lines[-1].startswith("said by ")
