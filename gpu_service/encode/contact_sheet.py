"""A contact sheet: the thumbnails of a session on one picture, with their times."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import simplejpeg
from PIL import Image, ImageDraw, ImageOps

from gpu_service.encode.sheet_layout import GAP, GROUP_HEIGHT, HEADER_HEIGHT, MARGIN, plan_layout
from gpu_service.encode.sheet_text import (
    BACKGROUND,
    BRIGHT,
    DIM,
    LETTERBOX,
    label_font,
    line_height,
    text_font,
    write_line,
)
from gpu_service.errors import InternalError

_LINE_HEIGHT = line_height()
_TITLE_SIZE = 30
_SUBTITLE_SIZE = 17
_GROUP_SIZE = 20


@dataclass(frozen=True, slots=True, repr=False)
class SheetTile:
    """One event.

    :param lines: printed below the picture: the time range first, then what is worth saying.
    :param jpeg: the thumbnail, or what fetches it when its turn comes, so that a sheet of many
        holds one at a time; None where there is no picture.
    """

    lines: tuple[str, ...]
    jpeg: bytes | Callable[[], bytes | None] | None

    def __repr__(self) -> str:
        return f"SheetTile({self.lines!r})"


@dataclass(frozen=True, slots=True)
class SheetGroup:
    """The events of one video, in order."""

    title: str
    tiles: Sequence[SheetTile]


def draw_contact_sheet(
    title: str, groups: Sequence[SheetGroup], *, max_tiles: int = 120, quality: int = 85
) -> bytes:
    """Draw the sheet; blocks, belongs in a worker thread.

    At most 1920 pixels wide. Pictures keep their aspect within cells of 16:9. Of more events than
    ``max_tiles``, or than a sheet can hold, an even choice is drawn, and the header says so.

    :param groups: videos in order; their titles are printed where there are several.
    :returns: a JPEG file, 4:2:0.
    :raises InternalError: a thumbnail that is no whole JPEG.
    """
    counts = [len(group.tiles) for group in groups]
    lines = max((len(tile.lines) for group in groups for tile in group.tiles), default=1)
    layout = plan_layout(counts, max_tiles=max_tiles, lines=lines, line_height=_LINE_HEIGHT)
    sheet = Image.new("RGB", (layout.width, layout.height), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    inner = layout.width - 2 * MARGIN
    write_line(draw, (MARGIN, 18), title, text_font(_TITLE_SIZE), BRIGHT, inner)
    subtitle = _subtitle(groups, sum(map(len, layout.shown)))
    write_line(draw, (MARGIN, 58), subtitle, text_font(_SUBTITLE_SIZE), DIM, inner)

    font = label_font(layout.cell_width)
    top = HEADER_HEIGHT
    for group, shown in zip(groups, layout.shown, strict=True):
        if not shown:
            continue
        if layout.group_titles:
            write_line(draw, (MARGIN, top + 10), group.title, text_font(_GROUP_SIZE), BRIGHT, inner)
            top += GROUP_HEIGHT
        for position, index in enumerate(shown):
            tile = group.tiles[index]
            row, column = divmod(position, layout.columns)
            left = MARGIN + column * (layout.cell_width + GAP)
            upper = top + row * layout.row_height
            lower = upper + layout.picture_height
            _paste(sheet, tile, (left, upper, left + layout.cell_width, lower))
            for number, line in enumerate(tile.lines):
                place = (left, lower + 5 + number * _LINE_HEIGHT)
                write_line(draw, place, line, font, DIM if number else BRIGHT, layout.cell_width)
        top += -(-len(shown) // layout.columns) * layout.row_height

    output = io.BytesIO()
    sheet.save(output, "JPEG", quality=quality, subsampling="4:2:0")
    return output.getvalue()


def _subtitle(groups: Sequence[SheetGroup], shown: int) -> str:
    total = sum(len(group.tiles) for group in groups)
    count = f"{total:,}" if shown == total else f"{shown:,} of {total:,}"
    text = f"{count} {'event' if total == 1 else 'events'}"
    return f"{text} in {len(groups):,} videos" if len(groups) > 1 else text


def _paste(sheet: Image.Image, tile: SheetTile, box: tuple[int, int, int, int]) -> None:
    sheet.paste(LETTERBOX, box)
    jpeg = tile.jpeg() if callable(tile.jpeg) else tile.jpeg
    left, upper, right, lower = box
    width, height = right - left, lower - upper
    if jpeg is None:
        draw = ImageDraw.Draw(sheet)
        middle = (left + width // 2, upper + height // 2)
        draw.text(middle, "no picture", DIM, text_font(_SUBTITLE_SIZE), anchor="mm")
        return
    try:
        # Decodes at a half, a quarter or an eighth where that is still larger than the cell.
        rgb = simplejpeg.decode_jpeg(jpeg, colorspace="RGB", min_height=height, min_width=width)
    except ValueError as error:
        what = " ".join(tile.lines)
        raise InternalError(f"contact sheet: the thumbnail of {what} is no whole JPEG") from error
    picture = ImageOps.contain(Image.fromarray(rgb), (width, height), Image.Resampling.LANCZOS)
    offset = (left + (width - picture.width) // 2, upper + (height - picture.height) // 2)
    sheet.paste(picture, offset)
