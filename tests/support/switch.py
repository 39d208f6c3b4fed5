"""Something that watches, and can be told not to for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar


class Switch:
    """Of each class that has it, its own."""

    is_off: ClassVar[bool] = False

    @classmethod
    @contextmanager
    def off(cls) -> Iterator[None]:
        """For the block."""
        before, cls.is_off = cls.is_off, True
        try:
            yield
        finally:
            cls.is_off = before
