"""Many videos one after another leave nothing behind."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
from pathlib import Path

from gpu_service.budget import ByteBudget
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.frames import DevicePicture
from tests.decode.conftest import ClipPath
from tests.decode.nvdec.opened import on_nvdec

_VIDEOS = 1000


def held() -> dict[str, int]:
    """What this process has, by kind."""
    gc.collect()
    cuda, cuvid = ctypes.CDLL("libcuda.so.1"), ctypes.CDLL("libnvcuvid.so.1")
    return {
        "of the driver": cuda.standin_live(),
        "decoders": cuvid.standin_live_decoders(),
        "parsers": cuvid.standin_live_parsers(),
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "pages": int(Path("/proc/self/statm").read_text().split()[1]),
    }


def one(video: ClipPath, name: str, pool: DecoderPool) -> None:
    with on_nvdec(video(name), packets=ByteBudget("packets", 2**24), pool=pool) as decoder:
        for chunk in decoder.scan(24):
            assert isinstance(decoder.picture(int(chunk.pts[0])), DevicePicture)


def test_many_videos_leave_nothing(video: ClipPath) -> None:
    # One kept at most, so that decoders of three kinds come and go.
    pool = DecoderPool(max_idle=1)
    names = ["single-frame", "mp4-b-frames", "single-frame", "hevc-10"]
    for number in range(24):
        one(video, names[number % 4], pool)
    pool.close()
    before = held()
    for number in range(_VIDEOS):
        one(video, names[number % 4] if number % 50 < 4 else "single-frame", pool)
    pool.close()
    after = held()
    grown_pages = after.pop("pages") - before.pop("pages")
    assert after == before
    # 4 KiB each, a tenth of what one decoder a video would leave.
    assert grown_pages < 2000
