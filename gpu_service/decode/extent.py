"""How long a file says it is, read from its first bytes, to know one that was cut short."""

from __future__ import annotations

import os
from dataclasses import dataclass

from gpu_service.decode.input import InputFile

_MAX_BOXES = 1000
_EBML = b"\x1a\x45\xdf\xa3"
_MATROSKA_SEGMENT = b"\x18\x53\x80\x67"


@dataclass(frozen=True, slots=True)
class Extent:
    """What a container's outermost headers claim.

    :param end: bytes that the file should have at least; None where nothing says so.
    :param index_missing: an MP4 without ``moov``, the box without which it can't be read.
    :param known: the first bytes are those of one of the containers.
    """

    end: int | None = None
    index_missing: bool = False
    known: bool = False


def read_extent(file: InputFile, *, whole: bool = False) -> Extent:
    """Read the outermost headers of MP4/MOV, Matroska/WebM and AVI; leaves the file at its start.

    :param whole: walk an MP4 to its end; else no further than its media data, so that an index at
        the end costs no read.
    """
    file.seek(0)
    head = file.read(64)
    try:
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return _boxes(file, whole=whole)
        if head[:4] == b"RIFF":
            # Writers that never came to their end leave the length at 0.
            length = int.from_bytes(head[4:8], "little")
            return Extent(8 + length if length else None, known=True)
        if head[:4] == _EBML:
            return Extent(_matroska_end(head), known=True)
        return Extent()
    finally:
        file.seek(0, os.SEEK_SET)


def _boxes(file: InputFile, *, whole: bool) -> Extent:
    position, kinds = 0, set[bytes]()
    for _ in range(_MAX_BOXES):
        if position >= file.size:
            break
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            break
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8:
            # 0 is "to the end of the file"; anything else is no box.
            break
        kinds.add(kind)
        position += length
        if not whole and kind in (b"mdat", b"moof"):
            break
    missing = whole and b"moov" not in kinds
    return Extent(position if kinds else None, index_missing=missing, known=bool(kinds))


def _matroska_end(head: bytes) -> int | None:
    header = _variable_size(head, 4)
    if header is None:
        return None
    start = header[1] + header[0]
    if head[start : start + 4] != _MATROSKA_SEGMENT:
        return None
    segment = _variable_size(head, start + 4)
    return None if segment is None else segment[1] + segment[0]


def _variable_size(data: bytes, at: int) -> tuple[int, int] | None:
    """An EBML size and where its bytes end; None for "unknown" and for what is cut off."""
    if at >= len(data) or data[at] == 0:
        return None
    length = 9 - data[at].bit_length()
    if at + length > len(data):
        return None
    value = int.from_bytes(data[at : at + length], "big") & ((1 << (7 * length)) - 1)
    unknown = (1 << (7 * length)) - 1
    return None if value == unknown else (value, at + length)
