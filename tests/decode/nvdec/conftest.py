"""Videos that NVDEC decodes."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.decode.clips import draw
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.videos import FOLDER, FRAMED, VIDEOS


@pytest.fixture(scope="session")
def drawings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes of a session find each other's videos."""
    return tmp_path_factory.mktemp("drawings")


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> ClipPath:
    """The path of one of ``VIDEOS`` or ``FRAMED`` of :mod:`tests.decode.nvdec.videos`; processes
    share a folder."""
    shared = os.environ.get(FOLDER)
    folder = Path(shared) if shared else tmp_path_factory.mktemp("videos")

    @cache
    def path(name: str) -> Path:
        place = folder / name
        drawing = {**VIDEOS, **FRAMED}[name]
        if place.exists():
            return place / drawing.file
        place.mkdir()
        return draw(drawing, place)

    made: Callable[[str], Path] = path
    return made
