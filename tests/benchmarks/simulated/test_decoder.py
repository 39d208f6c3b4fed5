from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import av
import numpy as np
import pytest

from benchmarks.simulated.decoder import SimulatedDecoder
from benchmarks.simulated.engines import Engines
from benchmarks.simulated.marks import frame_numbers
from benchmarks.simulated.record import VideoRecord
from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture, VideoDecoder
from gpu_service.errors import InternalError
from gpu_service.frames import Picture
from tests.support.media import media

_FRAME_SECONDS = 1e-6
_PICTURE = np.zeros((4, 6, 3), np.uint8)
_FRAMES = 720


@pytest.fixture
def path() -> Path:
    return media("testvideo.mp4")


class _Opened:
    """A decoder with what it was made of."""

    def __init__(
        self,
        path: Path,
        *,
        budget_bytes: int = 2**30,
        frame_seconds: float = _FRAME_SECONDS,
    ) -> None:
        self.file = io.FileIO(path)
        self.engines = Engines(2)
        self.record = VideoRecord()
        self.packets = ByteBudget("packets", budget_bytes)
        self.decoder = SimulatedDecoder(
            self.file,
            "clip",
            packets=self.packets,
            engines=self.engines,
            frame_seconds=frame_seconds,
            picture=_PICTURE,
            record=self.record,
        )


@pytest.fixture
def opened(path: Path) -> Iterator[_Opened]:
    made = _Opened(path)
    yield made
    made.decoder.close()
    made.file.close()


def _true_pts(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return sorted(p.pts for p in container.demux(stream) if p.size and p.pts is not None)


def test_a_scan_gives_every_frame_with_its_number_and_time(opened: _Opened, path: Path) -> None:
    decoder: VideoDecoder = opened.decoder
    chunks = list(decoder.scan(50))
    assert [len(chunk) for chunk in chunks] == [50] * 14 + [20]
    numbers = np.concatenate([frame_numbers(chunk.on_host().rgb) for chunk in chunks])
    assert numbers.tolist() == list(range(_FRAMES))
    pts = np.concatenate([chunk.pts for chunk in chunks]).tolist()
    assert pts == _true_pts(path) == list(decoder.times().pts)
    assert decoder.backend == "simulated/h264"
    assert decoder.damage is None


def test_a_scan_books_each_frames_time(opened: _Opened) -> None:
    list(opened.decoder.scan(50))
    booked = sum(end - start for start, end in opened.engines.booked)
    assert booked == pytest.approx(_FRAMES * _FRAME_SECONDS, rel=1e-3)
    assert len(opened.record.fed) == len(opened.engines.booked) == 15
    assert len(opened.record.scan) == 1


def test_the_engine_has_the_next_chunk_while_one_is_handed_on(opened: _Opened) -> None:
    chunks = opened.decoder.scan(50)
    next(chunks)
    assert len(opened.engines.booked) == 2


def test_a_picture_books_what_is_decoded_again(opened: _Opened) -> None:
    pts = [one for chunk in opened.decoder.scan(50) for one in chunk.pts.tolist()]
    before = len(opened.engines.booked)
    picture = opened.decoder.picture(pts[200])
    assert isinstance(picture, Picture)
    assert picture.pts == pts[200]
    ((start, end),) = opened.engines.booked[before:]
    # From the keyframe at 180; B-frames make it a few packets more or less.
    assert 18 <= (end - start) / _FRAME_SECONDS <= 26


def test_a_picture_whose_packets_have_gone_waits_for_the_end_and_is_read_again(path: Path) -> None:
    made = _Opened(path, budget_bytes=200_000)
    chunks = made.decoder.scan(50)
    seen = [pts for _ in range(10) for pts in next(chunks).pts.tolist()]
    assert made.decoder.picture(seen[10]) is NoPicture.LATER
    list(chunks)
    assert isinstance(made.decoder.picture(seen[10]), Picture)
    made.decoder.close()
    made.file.close()
    assert made.packets.used_bytes == 0


def test_what_is_forgotten_leaves_the_budget(opened: _Opened) -> None:
    pts = [one for chunk in opened.decoder.scan(50) for one in chunk.pts.tolist()]
    held = opened.packets.used_bytes
    opened.decoder.forget_before(pts[500])
    assert opened.packets.used_bytes < held / 2


def test_a_stopped_decoder_ends_its_scan(opened: _Opened) -> None:
    chunks = opened.decoder.scan(50)
    next(chunks)
    opened.decoder.stop()
    with pytest.raises(InternalError, match="stopped"):
        list(chunks)


def test_a_decoder_that_waits_for_an_engine_can_be_stopped(path: Path) -> None:
    made = _Opened(path, frame_seconds=60)
    Timer(0.05, made.decoder.stop).start()
    with pytest.raises(InternalError, match="stopped"):
        next(made.decoder.scan(16))
    made.decoder.close()
    made.file.close()
