"""Each clip is drawn, and decoded by the ffmpeg command line, once a session and on demand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from gpu_service.decode import closed_gops
from tests.decode.clips import CLIPS, draw
from tests.decode.reference import Reference, decode

ClipPath = Callable[[str], Path]
ClipReference = Callable[[str], Reference]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> ClipPath:
    """The path of a clip of :data:`tests.decode.clips.CLIPS`."""
    folder = tmp_path_factory.mktemp("clips")

    @cache
    def path(name: str) -> Path:
        place = folder / name
        place.mkdir()
        return draw(CLIPS[name], place)

    return path


@pytest.fixture(scope="session")
def reference(clip: ClipPath) -> ClipReference:
    """What the command line decodes of a clip."""

    @cache
    def decoded(name: str) -> Reference:
        return decode(clip(name))

    return decoded


@pytest.fixture(params=["one decoder", "side by side"])
def either_scan(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small clips scanned as they would be, and as large videos are."""
    if request.param == "side by side":
        monkeypatch.setattr(closed_gops, "_LEAST_FRAMES", 1)
        monkeypatch.setattr(closed_gops, "_LEAST_PIXELS", 1)
