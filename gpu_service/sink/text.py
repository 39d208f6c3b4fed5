"""Texts as PostgreSQL can hold them."""

from __future__ import annotations

REASON_LENGTH = 50


def storable(text: str) -> str:
    """The text with a replacement character for what PostgreSQL's ``text`` refuses.

    That is NUL, and lone surrogates, which are no valid Unicode: both come out of metadata and
    model output, never out of anything that has to be found again by its exact text.
    """
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def storable_path(text: str) -> str:
    """An address that is found again by its exact text: what can't be stored is escaped.

    File names on Linux are bytes; those that are no UTF-8 reach Python as lone surrogates.
    """
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")
