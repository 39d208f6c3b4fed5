"""Text for a line of a terminal or a log."""

from __future__ import annotations


def plain(text: str) -> str:
    """The text with control characters and what can't be encoded escaped.

    Keys and file names may hold line breaks and the codes that move a terminal's cursor.
    """
    return "".join(
        character if character.isprintable() else repr(character)[1:-1] for character in text
    )


def counted(count: int, what: str, several: str | None = None) -> str:
    """``1 event``, ``3 events``.

    :param several: where it is more than an added s.
    """
    return f"{count} {what if count == 1 else several or f'{what}s'}"
