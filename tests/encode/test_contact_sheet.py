from __future__ import annotations

import io

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from gpu_service.encode.check import jpeg_problem
from gpu_service.encode.contact_sheet import SheetGroup, SheetTile, draw_contact_sheet
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.sheet_layout import GROUP_HEIGHT, HEADER_HEIGHT, MARGIN, plan_layout
from gpu_service.encode.sheet_text import LETTERBOX, fitted, label_font, line_height, text_font
from gpu_service.errors import InternalError
from gpu_service.frames import Picture, UInt8Array

RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)
RANGE = "00:01:02.345 – 00:01:05.000"


def flat(color: tuple[int, int, int], width: int = 320, height: int = 180) -> bytes:
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[:] = color
    return CpuJpegEncoder().encode(Picture(rgb, 0))


def tile(color: tuple[int, int, int], width: int = 320, height: int = 180) -> SheetTile:
    return SheetTile((RANGE,), flat(color, width, height))


def pixels(sheet: bytes) -> UInt8Array:
    assert jpeg_problem(sheet) is None
    with Image.open(io.BytesIO(sheet)) as image:
        return np.asarray(image.convert("RGB"))


def near(pixel: UInt8Array, color: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - color).max() <= 12)


def test_tiles_stand_in_order_from_left_to_right_below_their_videos_title() -> None:
    groups = [
        SheetGroup("first", [tile(RED), tile(GREEN)]),
        SheetGroup("second", [tile(BLUE)]),
    ]

    sheet = pixels(draw_contact_sheet("Session 1", groups))

    layout = plan_layout([2, 1], max_tiles=120, lines=1, line_height=line_height())
    assert sheet.shape == (layout.height, layout.width, 3)
    top = HEADER_HEIGHT + GROUP_HEIGHT
    middle = top + layout.picture_height // 2
    assert near(sheet[middle, MARGIN + layout.cell_width // 2], RED)
    assert near(sheet[middle, layout.width - MARGIN - layout.cell_width // 2], GREEN)
    below = middle + layout.row_height + GROUP_HEIGHT
    assert near(sheet[below, MARGIN + layout.cell_width // 2], BLUE)
    title = sheet[HEADER_HEIGHT : HEADER_HEIGHT + GROUP_HEIGHT]
    assert title.max() > 200, "the video's title is printed"


def test_the_time_range_is_printed_below_the_picture() -> None:
    groups = [SheetGroup("", [SheetTile((RANGE,), None), SheetTile((), None)])]

    sheet = pixels(draw_contact_sheet("", groups))

    layout = plan_layout([2], max_tiles=120, lines=1, line_height=line_height())
    labels = sheet[HEADER_HEIGHT + layout.picture_height : HEADER_HEIGHT + layout.row_height]
    assert labels[:, : layout.width // 2].max() > 200
    assert labels[:, layout.width // 2 :].max() < 60


@pytest.mark.parametrize(("width", "height"), [(90, 300), (600, 100), (8, 8)])
def test_other_shapes_are_letterboxed_whole_and_centred(width: int, height: int) -> None:
    sheet = pixels(draw_contact_sheet("", [SheetGroup("", [tile(RED, width, height)])]))

    layout = plan_layout([1], max_tiles=120, lines=1, line_height=line_height())
    cell = sheet[
        HEADER_HEIGHT : HEADER_HEIGHT + layout.picture_height,
        MARGIN : MARGIN + layout.cell_width,
    ]
    reds = np.abs(cell.astype(int) - RED).max(axis=2) <= 40
    rows, columns = np.flatnonzero(reds.any(axis=1)), np.flatnonzero(reds.any(axis=0))
    shown = (columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1)
    assert shown == pytest.approx(width / height, rel=0.06)
    assert abs(columns[0] - (layout.cell_width - 1 - columns[-1])) <= 3
    assert abs(rows[0] - (layout.picture_height - 1 - rows[-1])) <= 3
    assert near(cell[1, 1], LETTERBOX)


def test_only_the_pictures_that_are_shown_are_fetched_one_at_a_time() -> None:
    fetched: list[int] = []

    def fetch(number: int) -> bytes:
        fetched.append(number)
        return flat(RED, 32, 18)

    tiles = [SheetTile((RANGE,), lambda n=number: fetch(n)) for number in range(431)]  # type: ignore[misc]

    draw_contact_sheet("Session 1", [SheetGroup("film", tiles)], max_tiles=11)

    assert fetched == [0, 43, 86, 129, 172, 215, 258, 301, 344, 387, 430]


def test_a_sheet_is_the_same_every_time_and_moderate_in_size() -> None:
    groups = [SheetGroup("a", [tile(RED)] * 3), SheetGroup("b", [])]

    first = draw_contact_sheet("Session 1", groups)

    assert draw_contact_sheet("Session 1", groups) == first
    assert len(first) < 100_000


def test_a_session_without_events_is_an_empty_sheet() -> None:
    assert jpeg_problem(draw_contact_sheet("Session 1", [])) is None


def test_a_missing_picture_leaves_its_place_and_a_broken_one_is_a_fault() -> None:
    missing = SheetTile((RANGE,), lambda: None)
    broken = SheetTile((RANGE,), b"no JPEG")
    cut = SheetTile((RANGE,), flat(RED)[:300])

    assert jpeg_problem(draw_contact_sheet("", [SheetGroup("", [missing])])) is None
    for bad in (broken, cut):
        with pytest.raises(InternalError, match=r"00:01:02\.345"):
            draw_contact_sheet("", [SheetGroup("", [bad])])


def test_a_huge_picture_is_no_obstacle() -> None:
    """Pillow itself refuses to open more than 179 million pixels."""
    gray = np.full((10_000, 18_000, 1), 200, np.uint8)
    huge = simplejpeg.encode_jpeg(gray, colorspace="GRAY", colorsubsampling="Gray")

    sheet = pixels(draw_contact_sheet("", [SheetGroup("", [SheetTile((RANGE,), huge)])]))

    assert near(sheet[HEADER_HEIGHT + 100, MARGIN + 100], (200, 200, 200))


def test_text_is_cut_to_its_place_and_to_what_the_font_can_draw() -> None:
    font = text_font(17)

    assert fitted("short", font, 500) == "short"
    long = fitted("a name that goes on " * 20, font, 300)
    assert long.endswith("…")
    assert font.getlength(long) <= 300
    assert fitted("café – naïve\nline\t日本", font, 900) == "cafe - naive line ??"


@pytest.mark.parametrize("width", [170, 180, 240, 460])
def test_a_time_range_always_fits_below_its_picture(width: int) -> None:
    assert fitted(RANGE, label_font(width), width) == RANGE.replace("–", "-")
