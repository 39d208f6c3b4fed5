"""Where everything goes on a contact sheet; nothing here draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHEET_WIDTH_PIXELS = 1920
SHEET_HEIGHT_PIXELS = 20_000
"""Bounds the canvas to 115 MB; more events than fit are thinned out."""

MARGIN = 28
GAP = 12
HEADER_HEIGHT = 92
GROUP_HEIGHT = 46

_WIDEST_CELL = 460
_COLUMNS = ((8, 4), (30, 5), (90, 6), (400, 8))
"""Up to so many tiles, so many columns."""
_MOST_COLUMNS = 10


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes of one sheet, in pixels.

    :param shown: for each group, which of its tiles are drawn.
    """

    columns: int
    cell_width: int
    label_height: int
    shown: tuple[tuple[int, ...], ...]
    group_titles: bool

    @property
    def picture_height(self) -> int:
        return self.cell_width * 9 // 16

    @property
    def row_height(self) -> int:
        return self.picture_height + self.label_height + GAP

    @property
    def width(self) -> int:
        return 2 * MARGIN + self.columns * (self.cell_width + GAP) - GAP

    @property
    def height(self) -> int:
        height = HEADER_HEIGHT + MARGIN
        for tiles in self.shown:
            if tiles:
                height += GROUP_HEIGHT if self.group_titles else 0
                height += -(-len(tiles) // self.columns) * self.row_height
        return height


def plan_layout(counts: Sequence[int], *, max_tiles: int, lines: int, line_height: int) -> Layout:
    """The layout of groups with so many tiles each; thinned out evenly where they are too many.

    :param lines: of text below a picture.
    """
    limit = min(sum(counts), max_tiles)
    while True:
        layout = _layout(counts, limit, lines, line_height)
        if layout.height <= SHEET_HEIGHT_PIXELS or limit <= 1:
            return layout
        limit = max(1, min(limit - 1, limit * SHEET_HEIGHT_PIXELS // layout.height))


def even_sample(count: int, limit: int) -> list[int]:
    """At most ``limit`` of ``range(count)``, spread evenly, the first and the last among them."""
    if count <= limit:
        return list(range(count))
    if limit <= 1:
        return [0][:limit]
    return [index * (count - 1) // (limit - 1) for index in range(limit)]


def _layout(counts: Sequence[int], limit: int, lines: int, line_height: int) -> Layout:
    chosen = even_sample(sum(counts), limit)
    shown = []
    first = 0
    position = 0
    for count in counts:
        start = position
        while position < len(chosen) and chosen[position] < first + count:
            position += 1
        shown.append(tuple(index - first for index in chosen[start:position]))
        first += count
    fitting = (columns for most, columns in _COLUMNS if len(chosen) <= most)
    columns = next(fitting, _MOST_COLUMNS)
    columns = max(2, min(columns, max(map(len, shown), default=0)))
    usable = SHEET_WIDTH_PIXELS - 2 * MARGIN + GAP
    cell_width = min(_WIDEST_CELL, usable // columns - GAP)
    return Layout(columns, cell_width, lines * line_height + 8, tuple(shown), len(counts) > 1)
