"""The whole simulation, on a device so fast that it takes no time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from benchmarks.simulated.devices import read_devices
from benchmarks.simulated.measure import run_plan
from benchmarks.simulated.plan import Plan
from benchmarks.simulated.sweep import plan_for
from tests.support.media import media

_FRAMES = 720


@pytest.fixture(scope="module")
def plan(bench_place: Place) -> Plan:
    keys = [f"videos/simulated/{number}.mp4" for number in range(4)]
    sources = bench_place.s3.serve(media("testvideo.mp4"), keys)
    device = read_devices()["T4"]
    planned = plan_for(device, sources, concurrency=4, latency_ms=0)
    return replace(planned, frames_per_second=20_000, windows_per_second=5_000, cut_frames=120)


def test_a_run_finds_every_shot_of_every_video(bench_place: Place, plan: Plan) -> None:
    found = run_plan(bench_place, plan, name="simulated", frames=_FRAMES)
    assert (found.frames, found.events, found.windows) == (4 * _FRAMES, 4 * 6, 4 * 15)
    assert sum(found.engine_shares.values()) == pytest.approx(1)
    assert sum(found.model_shares.values()) == pytest.approx(1)
    # The midpoint of each shot is decoded once more, from its keyframe on.
    assert found.decoded_frames > found.frames
    assert found.bytes_read >= 4 * media("testvideo.mp4").stat().st_size


def test_times_are_told_without_the_dilation(bench_place: Place, plan: Plan) -> None:
    slow = replace(plan, frames_per_second=3_000, dilation=2)
    found = run_plan(bench_place, slow, name="simulated-slow", frames=_FRAMES)
    busy = found.engine_shares["busy"] * slow.engines * found.scan_seconds
    assert busy == pytest.approx(found.decoded_frames / 3_000, rel=0.01)


def test_a_result_that_is_not_as_it_must_be_ends_the_case(bench_place: Place, plan: Plan) -> None:
    with pytest.raises(WrongResultsError, match="frames of"):
        run_plan(bench_place, plan, name="simulated-wrong", frames=_FRAMES + 1)
