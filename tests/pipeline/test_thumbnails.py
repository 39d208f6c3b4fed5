"""Thumbnails of a damaged video: what comes is stored, what does not come is said."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import anyio
import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import CpuDecoder, open_video
from gpu_service.encode.by_place import JpegEncoderByPlace
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.events import Event, thumbnail_key
from gpu_service.pipeline.admission import Admission
from gpu_service.pipeline.needed import NeededFrames
from gpu_service.pipeline.queue import EventQueue
from gpu_service.pipeline.thumbnails import Thumbnails
from gpu_service.sink.file import FileStore
from gpu_service.trace import Trace
from tests.support.ffmpeg import ffmpeg

pytestmark = pytest.mark.anyio

SEEDS = (306, 454, 882, 1130, 2158, 2206, 2890)
"""Damage after which some frame of the clip is decoded in the scan and never again."""


def damaged(content: bytes, seed: int) -> bytes:
    """Up to 40 bytes changed, sometimes a stretch taken out."""
    chance = random.Random(seed)
    body = bytearray(content)
    for _ in range(chance.randint(1, 40)):
        body[chance.randrange(len(body) // 10, len(body))] = chance.randrange(256)
    if chance.random() < 0.3:
        start = chance.randrange(len(body) // 4, len(body) - 600)
        del body[start : start + chance.randrange(1, 500)]
    return bytes(body)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("flv") / "clip.flv"
    pattern = "testsrc2=size=64x48:rate=25:duration=2"
    ffmpeg("-f", "lavfi", "-i", pattern, "-c:v", "flv1", "-g", "12", str(path))
    return path.read_bytes()


def scanned(content: bytes) -> Iterator[CpuDecoder]:
    decoder = open_video(io.BytesIO(content), "clip")  # type: ignore[arg-type]
    for _ in decoder.scan():
        pass
    yield decoder
    decoder.close()


async def thumbnails_of(
    decoder: CpuDecoder, events: list[Event], store: FileStore, noted: list[str]
) -> list[Event]:
    settled, stored, scanned = EventQueue(), EventQueue(), anyio.Event()
    scanned.set()
    needed = NeededFrames(decoder)
    needed.settle(events, None)
    settled.put(events)
    settled.close()

    async def note(keys: Sequence[str]) -> None:
        noted.extend(keys)

    door = Admission(ByteBudget("frames", 10_000_000))
    with door.account() as account:
        making = Thumbnails(
            decoder,
            JpegEncoderByPlace(CpuJpegEncoder(), None),
            store,
            note=note,
            video_id=1,
            account=account,
            slots=anyio.Semaphore(4),
            settled=settled,
            needed=needed,
            stored=stored,
            trace=Trace(),
        )
        await making.run(scanned)
        assert door.budget.used_bytes == 0
    found = {event.id: event for event in await stored.take()}
    return [found[event.id] for event in events]


async def test_a_frame_that_comes_only_once_costs_its_thumbnail_alone(
    clip: bytes, tmp_path: Path
) -> None:
    lost = 0
    for seed in SEEDS:
        store = FileStore(tmp_path / str(seed))
        for decoder in scanned(damaged(clip, seed)):
            times = decoder.times()
            events = [
                Event(
                    id=number,
                    start_time=times.seconds(pts),
                    end_time=times.seconds(pts) + Fraction(1, 25),
                    event_type="shot",
                    description="a frame",
                    thumbnail_pts=pts,
                    thumbnail_timestamp=times.seconds(pts),
                    thumbnail_key=thumbnail_key(number, times.seconds(pts)),
                )
                for number, pts in enumerate(times.pts, 1)
            ]
            noted: list[str] = []
            found = await thumbnails_of(decoder, events, store, noted)
            assert noted == [event.thumbnail_key for event in events]
            stored = {key async for key in store.list_keys("events/")}
            assert {event.thumbnail_key for event in found if event.has_thumbnail} == stored
            assert [event.id for event in found] == [event.id for event in events]
            missing = len(events) - len(stored)
            detail = decoder.damage.detail if decoder.damage else ""
            assert ("decoded once and not again" in detail) == (missing > 0)
            assert missing < len(events) / 2
            lost += missing
    assert lost > 0
