"""A decoder closed while it is in use: the one who closes waits, and nothing is left."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import CpuDecoder, open_video
from gpu_service.errors import InternalError
from tests.decode.conftest import ClipPath
from tests.decode.opened import opened

pytestmark = pytest.mark.usefixtures("either_scan")


class _Held(io.RawIOBase):
    """A file whose reads wait to be let go, once told to."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)
        self.may_read = threading.Event()
        self.may_read.set()
        self.is_read = threading.Event()

    def read(self, size: int = -1) -> bytes:
        self.is_read.set()
        assert self.may_read.wait(20)
        return self._data.read(min(size, 1000))

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._data.seek(offset, whence)

    def seekable(self) -> bool:
        return True


def run_out(decoder: CpuDecoder) -> None:
    for _ in decoder.scan(1):
        pass


def test_closing_waits_for_the_scan(clip: ClipPath) -> None:
    file = _Held(clip("ts").read_bytes() * 40)
    packets = ByteBudget("packets", 2**24)
    decoder = open_video(cast("io.RawIOBase", file), "clip", packets=packets)
    file.may_read.clear()
    file.is_read.clear()
    with ThreadPoolExecutor(2) as pool:
        scan = pool.submit(run_out, decoder)
        assert file.is_read.wait(20)
        close = pool.submit(decoder.close)
        with pytest.raises(TimeoutError):
            close.result(0.05)
        file.may_read.set()
        close.result(20)
        with pytest.raises(InternalError, match="closed"):
            scan.result(20)
    assert packets.used_bytes == 0


def test_closing_between_pictures(clip: ClipPath) -> None:
    packets = ByteBudget("packets", 2**24)
    with opened(clip("hevc"), packets=packets) as decoder:
        chunks = decoder.scan(8)
        pts = [int(value) for value in next(chunks).pts]
        started = threading.Event()

        def ask() -> None:
            for _ in range(1000):
                for value in pts:
                    decoder.picture(value)
                started.set()

        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask)
            assert started.wait(20)
            decoder.close()
            with pytest.raises(InternalError, match="closed"):
                asking.result(20)
        assert packets.used_bytes == 0
        with pytest.raises(InternalError, match="closed"):
            next(chunks)


def test_a_scan_left_in_the_middle_leaves_nothing(clip: ClipPath) -> None:
    packets = ByteBudget("packets", 2**24)
    with opened(clip("mkv-open-gop"), packets=packets) as decoder:
        next(decoder.scan(4))
        assert packets.used_bytes > 0
    assert packets.used_bytes == 0
    decoder.close()
    decoder.forget_before(0)
    assert packets.used_bytes == 0
