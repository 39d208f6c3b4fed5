"""Text for a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.console.plain import counted, plain


@given(st.text())
def test_plain_text_is_printable_and_keeps_what_was(text: str) -> None:
    said = plain(text)
    assert said.isprintable()
    said.encode()
    if text.isprintable():
        assert said == text


@pytest.mark.parametrize(("count", "said"), [(0, "0 batches"), (1, "1 batch"), (2, "2 batches")])
def test_one_and_several(count: int, said: str) -> None:
    assert counted(count, "batch", "batches") == said
    assert counted(count, "video") == f"{count} video" + ("" if count == 1 else "s")
