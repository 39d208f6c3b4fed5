"""Cancelled right where a stage reports that it begins, ends or has waited."""

from __future__ import annotations

import threading

import anyio
import pytest

from gpu_service.decode.video import StreamedVideo
from gpu_service.frames import DetectorFrames
from gpu_service.trace import Phase, StageEvent
from tests.pipeline.bench import Bench

pytestmark = pytest.mark.anyio

BEGINS = ("open", "demux", "detect", "seek", "encode", "upload", "rows", "sheet")
ENDS = ("demux", "decode", "detect", "upload", "rows", "sheet")
POINTS = [
    *((stage, Phase.STARTED) for stage in BEGINS),
    *((stage, Phase.COMPLETE) for stage in ENDS),
    ("decode", Phase.BLOCKED),
    ("seek", Phase.STARVED),
    ("encode", Phase.BLOCKED),
    ("rows", Phase.STARVED),
]


@pytest.mark.parametrize(("stage", "phase"), POINTS)
async def test_cancelled_at_a_report(bench: Bench, stage: str, phase: Phase) -> None:
    async with bench.at_work() as scope:
        bench.cancel_at(stage, phase, scope)
        await anyio.sleep_forever()
    await bench.assert_stopped()


async def test_cancelled_at_the_rows_of_another_result(bench: Bench) -> None:
    """Readers have the earlier one until the whole new one is there."""
    earlier = await bench.analyze_otherwise()
    async with bench.at_work() as scope:
        bench.cancel_at("rows", Phase.STARTED, scope)
        await anyio.sleep_forever()
    left = await bench.assert_stopped()
    assert left.timeline == earlier.timeline
    assert len(left.intents) == 3


async def test_a_thread_stops_at_its_next_packet(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can't be cancelled, and goes to the event loop only once its picture is there."""
    stop, stopped = StreamedVideo.stop, threading.Event()
    seeks: list[Phase] = []

    def stop_and_tell(video: StreamedVideo[DetectorFrames]) -> None:
        stop(video)
        stopped.set()

    def look(event: StageEvent) -> None:
        if event.stage == "seek" and event.phase in (Phase.STARTED, Phase.COMPLETE, Phase.FAILED):
            seeks.append(event.phase)
            if event.phase is Phase.STARTED:
                stopped.wait(10)

    monkeypatch.setattr(StreamedVideo, "stop", stop_and_tell)
    async with bench.at_work() as scope:
        bench.cancel_at("seek", Phase.STARTED, scope)
        bench.listeners.append(look)
        await anyio.sleep_forever()
    assert seeks == [Phase.STARTED, Phase.FAILED]
    await bench.assert_stopped()
