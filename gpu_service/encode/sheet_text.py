"""The text of a contact sheet: fonts, colours, lines that never overflow."""

from __future__ import annotations

import unicodedata
from functools import cache

from PIL import ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Color = tuple[int, int, int]

BACKGROUND: Color = (27, 28, 31)
LETTERBOX: Color = (14, 14, 16)
BRIGHT: Color = (236, 236, 238)
DIM: Color = (158, 160, 166)

_LONGEST_RANGE = "00:00:00.000 - 00:00:00.000"
_LABEL_SIZES = (17, 16, 15, 14, 13, 12, 11)
_ELLIPSIS = "…"
_HAS_GLYPH = frozenset(map(chr, range(32, 127))) | frozenset("©«°±´·»‘’“”…‹›⁄™")
_STAND_INS = dict.fromkeys("‐‑‒–—−", "-")


@cache
def text_font(size: int) -> Font:
    """Pillow's own font: the same on every machine."""
    return ImageFont.load_default(size)


def label_font(cell_width: int) -> Font:
    """The largest font in which a time range fits below a picture."""
    for size in _LABEL_SIZES:
        if text_font(size).getlength(_LONGEST_RANGE) <= cell_width:
            break
    return text_font(size)


def line_height() -> int:
    """Pixels from one label line to the next, in the largest label font."""
    return _LABEL_SIZES[0] + 5


def write_line(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    font: Font,
    color: Color,
    width: int,
) -> None:
    """Write one line from its top left, cut with an ellipsis where it is wider than ``width``."""
    draw.text(place, fitted(text, font, width), color, font)


def fitted(text: str, font: Font, width: int) -> str:
    """As much of the text as fits, on one line, in characters that the font has."""
    text = "".join(map(_drawable, text))
    if font.getlength(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle].rstrip() + _ELLIPSIS) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + _ELLIPSIS


def _drawable(character: str) -> str:
    """The character, or what comes nearest among those that Pillow's font can draw."""
    if character in _HAS_GLYPH:
        return character
    if not character.isprintable() or character.isspace():
        return " "
    if unicodedata.combining(character):
        return ""
    plain = unicodedata.normalize("NFKD", _STAND_INS.get(character, character))
    return "".join(part for part in plain if part in _HAS_GLYPH) or "?"
