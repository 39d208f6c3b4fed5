"""The videos that the GPU path is held to, and NVDEC's word on each."""

from __future__ import annotations

import io
from pathlib import Path

from gpu_service.decode.nvdec.suited import suited
from gpu_service.decode.opened_file import open_file
from gpu_service.errors import InputError
from tests.support.media import REFERENCED, SINGLE_SHOTS

REAL = (*REFERENCED, *SINGLE_SHOTS)


def refusal(path: Path) -> str | None:
    """Why the first GPU's NVDEC does not take a video, as the service finds out; None if it does."""
    with io.FileIO(path) as file:
        opened = open_file(file, path.name, None)
        try:
            suited(opened.demuxer, 0, path.name)
        except InputError as error:
            return error.message
        finally:
            opened.demuxer.close()
    return None
