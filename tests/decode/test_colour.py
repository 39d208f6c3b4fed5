"""A colour that goes into a video comes out of it, under every matrix and range."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.decode.opened import picture_at, scanned
from tests.support.ffmpeg import ffmpeg

_COLOUR = (200, 60, 30)


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("colour_range", ["tv", "pc"])
@pytest.mark.parametrize(
    ("matrix", "tag"), [("bt601", "smpte170m"), ("bt709", "bt709"), ("bt2020", "bt2020nc")]
)
def test_a_tagged_colour_survives(
    tmp_path: Path, matrix: str, tag: str, colour_range: str, pixels: str
) -> None:
    path = tmp_path / "a.mkv"
    rgb = "0x{:02x}{:02x}{:02x}".format(*_COLOUR)
    ffmpeg(
        *("-f", "lavfi", "-i", f"color={rgb}:s=64x48:r=25,format=gbrp"),
        *("-vf", f"scale=out_color_matrix={matrix}:out_range={colour_range},format={pixels}"),
        *("-frames:v", "3", "-c:v", "ffv1", "-colorspace", tag, "-color_range", colour_range),
        str(path),
    )
    with scanned(path) as decoder:
        picture = picture_at(decoder, decoder.times().pts[1])
    assert np.abs(picture.rgb.astype(int) - _COLOUR).max() <= 4


def test_untagged_is_taken_as_bt601_limited(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    rgb = "0x{:02x}{:02x}{:02x}".format(*_COLOUR)
    ffmpeg(
        *("-f", "lavfi", "-i", f"color={rgb}:s=1280x720:r=25,format=gbrp"),
        *("-vf", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=colorspace=unknown:range=unknown"),
        *("-frames:v", "2", "-c:v", "libx264", "-qp", "4", "-preset", "ultrafast", str(path)),
    )  # fmt: skip
    with scanned(path) as decoder:
        picture = picture_at(decoder, decoder.times().pts[1])
    assert np.abs(picture.rgb.astype(int) - _COLOUR).max() <= 5
