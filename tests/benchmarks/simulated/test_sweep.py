from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.simulated.devices import Device, read_devices
from benchmarks.simulated.plan import Found, Plan, dilation_for
from benchmarks.simulated.sweep import (
    CONCURRENCY,
    LATENCIES_MS,
    Least,
    binding,
    busy_share,
    least_settings,
    plan_for,
    without_device,
)

_SOURCES = tuple(f"s3://raw/{number}.mp4" for number in range(64))


def _found(engines: float, model: float = 0.1) -> Found:
    return Found(
        {"busy": engines}, {"busy": model}, 10, 9, 900, 1000, 18, 3, 6, 1, 0.3, 0.5, {"complete": 1}
    )


@pytest.fixture
def device() -> Device:
    return read_devices()["H100"]


def test_the_grid_is_the_one_that_is_asked_for() -> None:
    assert (CONCURRENCY[0], CONCURRENCY[-1]) == (1, 64)
    assert LATENCIES_MS == (5, 20, 80)


def test_a_plan_carries_the_devices_figures(device: Device) -> None:
    plan = plan_for(device, _SOURCES, concurrency=16, latency_ms=20)
    assert (plan.engines, plan.frames_per_second, plan.decode_rate) == (7, 640, 4480)
    assert (plan.windows_per_second, plan.jpegs_per_second, plan.batch_overhead_seconds) == (
        device.windows_per_second,
        device.jpegs_per_second,
        device.batch_overhead_seconds,
    )
    assert plan.concurrency == 16
    assert len(plan.sources) == 32
    assert plan.latency_seconds == 0.02
    assert plan.dilation == dilation_for(4480) == 3.7
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(("concurrency", "videos"), [(1, 4), (4, 8), (64, 64)])
def test_there_are_videos_for_more_than_one_round(
    device: Device, concurrency: int, videos: int
) -> None:
    plan = plan_for(device, _SOURCES, concurrency=concurrency, latency_ms=5)
    assert len(plan.sources) == videos


def test_without_a_device_only_the_host_takes_time() -> None:
    plan = without_device(_SOURCES)
    assert len(plan.sources) == 2 * plan.concurrency
    assert plan.engines >= plan.concurrency
    assert plan.decode_rate >= 1e6
    assert plan.dilation == 1


def test_a_slow_run_is_not_stretched(device: Device) -> None:
    assert plan_for(device, _SOURCES, concurrency=1, latency_ms=5).dilation == 1
    asked = plan_for(device, _SOURCES, concurrency=1, latency_ms=5, dilation=4)
    assert asked.dilation == 4


def test_what_binds_is_what_runs_out_first(device: Device) -> None:
    assert binding(device) == "nvdec"
    assert busy_share(device, _found(0.9, 0.3)) == 0.9
    slow = replace(device, windows_per_second=10)
    assert binding(slow) == "model"
    assert busy_share(slow, _found(0.9, 0.3)) == 0.3


def test_the_least_settings_are_looked_for_one_after_another(device: Device) -> None:
    tried: list[tuple[int, int, int, float]] = []

    def attempt(plan: Plan) -> Found:
        tried.append(
            (plan.concurrency, plan.parts_in_flight, plan.batch_windows, plan.latency_seconds)
        )
        enough = plan.concurrency >= 12 and plan.parts_in_flight >= 2 and plan.batch_windows >= 2
        return _found(0.96 if enough else 0.9)

    least = least_settings(device, _SOURCES, attempt)
    assert least == Least(12, 2, 2, runs=6)
    assert tried == [
        # Never fewer videos than engines.
        (8, 4, 16, 0.02),
        (12, 4, 16, 0.02),
        (12, 1, 16, 0.08),
        (12, 2, 16, 0.08),
        (12, 4, 1, 0.02),
        (12, 4, 2, 0.02),
    ]


def test_a_device_that_is_never_busy_has_no_least_settings(device: Device) -> None:
    assert least_settings(device, _SOURCES, lambda plan: _found(0.5)) == Least(None, runs=6)


def test_what_the_host_takes_is_of_the_devices_own_time() -> None:
    found = _found(1)
    assert found.frames_per_second == 100
    assert found.host_microseconds_per_frame == pytest.approx(333.3, abs=0.1)
    assert found.host_cores == pytest.approx(0.03)
