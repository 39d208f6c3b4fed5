"""The whole pipeline over the product's NVDEC path, on engines that take time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.cases import nvdec_pipeline
from benchmarks.context import Context
from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from benchmarks.simulated.causes import BUSY
from benchmarks.simulated.devices import read_devices
from benchmarks.simulated.driver import STEADY
from benchmarks.simulated.feeding import run_on_driver
from benchmarks.simulated.media import clip_frames, small_video
from benchmarks.simulated.plan import Found, Plan
from benchmarks.simulated.sweep import plan_for
from tests.nvdec_driver.child import need_driver
from tests.support.media import media


@pytest.fixture
def plan(bench_place: Place, tmp_path: Path) -> Plan:
    video = small_video(tmp_path, media("testvideo.mp4"), 2)
    sources = bench_place.s3.serve(video, ["videos/simulated/0.mp4", "videos/simulated/1.mp4"])
    planned = plan_for(read_devices()["T4"], sources, concurrency=2, latency_ms=0, dilation=1.0)
    return replace(planned, cut_frames=120)


@pytest.mark.parametrize(("processes", "one_core"), [(1, False), (1, True), (2, False)])
def test_every_shot_of_every_video_is_found(
    bench_place: Place, plan: Plan, processes: int, one_core: bool
) -> None:
    need_driver()
    spread = replace(plan, processes=processes)
    found = run_on_driver(bench_place, spread, frames=clip_frames(2), one_core=one_core)
    assert (found.frames, found.events) == (2 * clip_frames(2), 2 * 10)
    # The midpoint of each shot is decoded once more, from its keyframe on.
    assert found.decoded_frames > found.frames
    assert 0 < found.engine_shares[BUSY] < 1.01
    assert 0 < found.engine_shares[STEADY] < 1.5
    assert 0 < found.host_cpu_seconds < 2 * processes * found.seconds
    assert found.windows >= 2 * clip_frames(2) / 50


def test_a_result_that_is_not_as_it_must_be_ends_the_case(bench_place: Place, plan: Plan) -> None:
    need_driver()
    with pytest.raises(WrongResultsError, match="frames of"):
        run_on_driver(bench_place, plan, frames=[clip_frames(2), clip_frames(1)])


def test_the_case_tells_each_way(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(place: Place, plan: Plan, *, frames: int, one_core: bool) -> Found:
        share = 0.9 if plan.processes == 2 else 0.75 if one_core else 0.6
        seconds = frames / (share * plan.decode_rate)
        return Found(
            {BUSY: share, STEADY: share + 0.05}, {}, seconds, seconds, frames, frames, 1, 1, 1, 1, 1.0, 1.0, {}
        )  # fmt: skip

    monkeypatch.setattr(nvdec_pipeline, "run_on_driver", found)
    context = Context(bench_place, media("testvideo.mp4").parent, tmp_path, repeats=2, quick=True)
    said = {one.name: one.samples for one in nvdec_pipeline.run(context).figures}
    for which, more in (("the whole run", 0), ("start and end left out", 5)):
        busy = [samples for name, samples in said.items() if name.endswith(f"busy, {which}")]
        assert sorted(busy) == [pytest.approx((of + more,) * 2) for of in (60, 75, 90)]
    (faster,) = (samples for name, samples in said.items() if "two processes to one" in name)
    assert faster == pytest.approx((1.5, 1.5))


def test_a_batch_has_videos_of_several_lengths_and_is_asked_for_95_percent(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[tuple[Plan, list[int]]] = []

    def found(
        place: Place, plan: Plan, *, frames: int | list[int], one_core: bool = False
    ) -> Found:
        if isinstance(frames, list):
            batches.append((plan, frames))
        shares = {BUSY: 0.96, STEADY: 0.99}
        return Found(shares, {}, 1.0, 1.0, 1, 1, 1, 1, 1, 1, 1.0, 1.0, {})

    monkeypatch.setattr(nvdec_pipeline, "run_on_driver", found)
    context = Context(bench_place, media("testvideo.mp4").parent, tmp_path, repeats=1, quick=False)
    figures = nvdec_pipeline.run(context).figures
    ((plan, frames),) = batches
    assert (plan.device, plan.processes, plan.concurrency) == ("H100", 2, 16)
    assert len(set(plan.sources)) == len(frames) == 128
    assert sorted(set(frames)) == [clip_frames(repeats) for repeats in (3, 5, 7, 9)]
    (asked,) = [one for one in figures if one.met is not None]
    assert asked.name.endswith("a batch of 128: NVDEC busy, the whole run")
    assert asked.at_least == 95
    assert asked.samples == pytest.approx((96,))
