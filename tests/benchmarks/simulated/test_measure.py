"""The whole simulation, on a device so fast that it takes no time, or slow in one thing alone.

What is slow has to be waited for, however busy this machine is: so these tests know the least that a
run can take, and no time that it must not exceed.
"""

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


@pytest.mark.parametrize(("engines", "least"), [(1, 0.5), (4, 1.1)])
def test_as_many_engines_work_as_the_plan_has_and_no_more(
    bench_place: Place, plan: Plan, engines: int, least: float
) -> None:
    slow = replace(plan, engines=engines, frames_per_second=4_000 / engines)
    found = run_plan(bench_place, slow, name=f"simulated-{engines}", frames=_FRAMES)
    at_work = found.decoded_frames / slow.frames_per_second / found.scan_seconds
    assert at_work == pytest.approx(engines * found.engine_shares["busy"], rel=0.01)
    # A busy machine leaves gaps between their work, but never makes more of it.
    assert least < at_work < engines + 0.001


def test_the_model_takes_the_time_of_its_windows_and_batches(
    bench_place: Place, plan: Plan
) -> None:
    slow = replace(
        plan, windows_per_second=120, batch_overhead_seconds=0.04, batch_windows=4, dilation=2
    )
    found = run_plan(bench_place, slow, name="simulated-model", frames=_FRAMES)
    assert found.batches >= found.windows / 4 == 15
    assert found.seconds >= found.windows / 120 + found.batches * 0.04
    assert found.model_shares["busy"] > 0.5, "it binds"


def test_jpegs_take_their_time(bench_place: Place, plan: Plan) -> None:
    slow = replace(plan, jpegs_per_second=24, dilation=2)
    found = run_plan(bench_place, slow, name="simulated-jpegs", frames=_FRAMES)
    assert found.seconds >= found.events / 24 == 1


def test_s3_is_as_far_as_the_plan_says(bench_place: Place, plan: Plan) -> None:
    far = replace(plan, sources=plan.sources[:1], latency_seconds=0.3)
    found = run_plan(bench_place, far, name="simulated-far", frames=_FRAMES)
    # One after another, at least: its header, its packets, its thumbnails.
    assert found.seconds >= 3 * 0.3


def test_a_result_that_is_not_as_it_must_be_ends_the_case(bench_place: Place, plan: Plan) -> None:
    with pytest.raises(WrongResultsError, match="frames of"):
        run_plan(bench_place, plan, name="simulated-wrong", frames=_FRAMES + 1)
