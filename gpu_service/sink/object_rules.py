"""What a key and its metadata may be, the same for every store."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from gpu_service.errors import InternalError, SettingsError
from gpu_service.sink.base import StoredObject

KEY_BYTES_MAX = 1024
"""S3's limit, in UTF-8."""

METADATA_BYTES_MAX = 2048
"""S3's limit on names and values together."""

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")
_UNSTORABLE = {"Cc", "Cs"}
_NONCHARACTERS = {"\ufffe", "\uffff"}


def check_key(key: str) -> None:
    """Refuse a key that one of the stores could not hold, or could not hold where it should.

    Segments ``.`` and ``..`` and empty ones are legal in S3, but HTTP clients and folders resolve
    them to another place; control characters can't travel in S3's XML.

    :raises SettingsError: ``bad_key``; a key takes parts of what the caller named (the session).
    """
    problem = _problem(key)
    if problem:
        raise SettingsError(f"object key {key!r}: {problem}", reason="bad_key")


def _problem(key: str) -> str | None:
    if any(unicodedata.category(char) in _UNSTORABLE or char in _NONCHARACTERS for char in key):
        return "it has control characters or is no valid Unicode"
    if len(key.encode()) > KEY_BYTES_MAX:
        return f"it is longer than {KEY_BYTES_MAX} bytes"
    if any(segment in ("", ".", "..") for segment in key.split("/")):
        return "it has an empty segment, '.' or '..'"
    return None


def check_object(item: StoredObject) -> None:
    """Refuse an object that one of the stores could not hold.

    :raises SettingsError: ``bad_key``, see :func:`check_key`.
    :raises InternalError: for metadata with bad names or above 2 KiB.
    """
    check_key(item.key)
    for name in item.metadata:
        if not _NAME.match(name):
            raise InternalError(f"metadata name {name!r} of {item.key}: use a-z, 0-9, _ and -")
    size = sum(len(name) + len(value) for name, value in escaped(item.metadata).items())
    if size > METADATA_BYTES_MAX:
        raise InternalError(
            f"metadata of {item.key} is {size} bytes, more than {METADATA_BYTES_MAX}"
        )


def escaped(metadata: Mapping[str, str]) -> dict[str, str]:
    """Metadata as HTTP headers can carry it: whatever is not visible ASCII percent-encoded.

    Plain values (numbers, names) stay as they are, readable by every tool.

    :raises InternalError: for a value that is no valid Unicode.
    """
    try:
        return {name: _escape(value) for name, value in metadata.items()}
    except UnicodeEncodeError as error:
        raise InternalError(f"metadata is no valid Unicode: {error}") from error


def unescaped(metadata: Mapping[str, str]) -> dict[str, str]:
    """The inverse of :func:`escaped`."""
    return {name: _unescape(value) for name, value in metadata.items()}


def _escape(value: str) -> str:
    return "".join(
        chr(byte) if 0x21 <= byte <= 0x7E and byte != 0x25 else f"%{byte:02X}"
        for byte in value.encode()
    )


def _unescape(value: str) -> str:
    raw = re.sub(
        rb"%([0-9A-Fa-f]{2})",
        lambda match: bytes([int(match[1], 16)]),
        value.encode(),
    )
    return raw.decode(errors="replace")
