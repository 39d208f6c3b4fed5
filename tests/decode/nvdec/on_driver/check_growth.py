"""Many videos one after another leave nothing behind."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import pytest
from torch import Tensor

from gpu_service.budget import ByteBudget
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.errors import InternalError
from gpu_service.frames import DevicePicture
from tests.decode.clips import draw
from tests.decode.nvdec.opened import on_nvdec
from tests.decode.nvdec.videos import VIDEOS, timestamps_of

_VIDEOS = 1000

_FRAMES = {
    "single-frame": 1,
    "mp4-b-frames": 8,
    "ts": 8,
    "mp4-open-gop": 14,
    "h264-larger": 8,
    "hevc-10": 8,
    "ts-hevc-open-gop": 14,
}

_GIVEN_UP = "given up"
_FAIL, _LOSE = "NVDEC_STANDIN_FAIL_AT", "NVDEC_STANDIN_LOSE_AT"
_TROUBLES: tuple[dict[str, str], ...] = (
    {"mp4-b-frames": _FAIL, "mp4-open-gop": _LOSE, "hevc-10": _GIVEN_UP},
    {"hevc-10": _FAIL, "ts": _LOSE, "mp4-open-gop": _GIVEN_UP},
    {"h264-larger": _FAIL, "ts-hevc-open-gop": _LOSE, "mp4-b-frames": _GIVEN_UP},
)
"""Of a round of all videos, in turns."""


def held() -> dict[str, int]:
    """What this process has, by kind."""
    gc.collect()
    cuda, cuvid = ctypes.CDLL("libcuda.so.1"), ctypes.CDLL("libnvcuvid.so.1")
    return {
        "of the driver": cuda.standin_live(),
        "decoders": cuvid.standin_live_decoders(),
        "parsers": cuvid.standin_live_parsers(),
        "tensors": sum(issubclass(type(one), Tensor) for one in gc.get_objects()),
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "pages": int(Path("/proc/self/statm").read_text().split()[1]),
    }


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    drawn = {}
    for name, frames in _FRAMES.items():
        drawn[name] = draw(replace(VIDEOS[name], frames=frames), tmp_path_factory.mktemp(name))
    return drawn


def one(path: Path, pool: DecoderPool, *, chunks: int | None = None) -> None:
    """A picture of each chunk.

    :param chunks: after which the video is given up.
    """
    with on_nvdec(path, packets=ByteBudget("packets", 2**24), pool=pool) as decoder:
        for chunk in islice(decoder.scan(7), chunks):
            assert isinstance(decoder.picture(int(chunk.pts[0])), DevicePicture)


def run(paths: dict[str, Path], videos: int, pool: DecoderPool) -> None:
    """Videos of every kind in turns; in each round one fails, one loses a frame, one is given up."""
    for number, name in enumerate(islice(cycle(paths), videos)):
        trouble = _TROUBLES[number // len(paths) % len(_TROUBLES)].get(name)
        if trouble is None:
            one(paths[name], pool)
        elif trouble == _GIVEN_UP:
            one(paths[name], pool, chunks=1)
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv(trouble, str(timestamps_of(paths[name])[5]))
                with pytest.raises(InternalError):
                    one(paths[name], pool)


def test_many_videos_leave_nothing(paths: dict[str, Path]) -> None:
    # One kept at most, so that decoders of all kinds come and go.
    pool = DecoderPool(max_idle=1)
    # Until what the heap has in reserve no longer grows.
    run(paths, 30 * len(paths), pool)
    pool.close()
    before = held()
    run(paths, _VIDEOS, pool)
    pool.close()
    after = held()
    grown_pages = after.pop("pages") - before.pop("pages")
    assert after == before
    # 4 KiB each, a tenth of what one decoder a video would leave.
    assert grown_pages < 2000
