"""Which runs to make of a device: a grid, and the least settings that keep it busy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.simulated.causes import BUSY
from benchmarks.simulated.devices import Device
from benchmarks.simulated.plan import Found, Plan, dilation_for
from gpu_service.detect.windows import STRIDE_FRAMES

CODEC = "h264"
CONCURRENCY = (1, 4, 16, 64)
LATENCIES_MS = (5, 20, 80)
USUAL_LATENCY_MS = 20
FAR_LATENCY_MS = 80
SATURATED = 0.95

_FEWEST_VIDEOS = 4
_MOST_VIDEOS = 64
_HOST_CONCURRENCY = 16
_AT_ONCE = 1e6
"""A second: frames, windows and JPEGs of a device that takes no time."""

_CONCURRENCY_STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
_PARTS_STEPS = (1, 2, 4, 8, 16)
_BATCH_STEPS = (1, 2, 4, 8, 16, 32)

Try = Callable[[Plan], Found]
"""Runs a plan."""


@dataclass(frozen=True, slots=True)
class Least:
    """The least settings with which the binding resource was at least 95 % busy; None: none were.

    :param concurrency: videos at once, S3 at 20 ms.
    :param parts_in_flight: with those, S3 at 80 ms.
    :param batch_windows: with those videos, S3 at 20 ms.
    :param runs: how many were tried.
    """

    concurrency: int | None
    parts_in_flight: int | None = None
    batch_windows: int | None = None
    runs: int = 0


def plan_for(
    device: Device,
    sources: Sequence[str],
    *,
    concurrency: int,
    latency_ms: float,
    dilation: float | None = None,
) -> Plan:
    """A run of a device: at least two videos for each that runs at once, up to 64.

    :param sources: addresses enough for any run.
    :param dilation: None for what suits the device's rate.
    """
    videos = max(_FEWEST_VIDEOS, concurrency, min(2 * concurrency, _MOST_VIDEOS))
    rate = min(concurrency, device.engines) * device.frames_per_second[CODEC]
    return Plan(
        device.name,
        device.engines,
        device.frames_per_second[CODEC],
        device.windows_per_second,
        device.batch_overhead_seconds,
        device.jpegs_per_second,
        tuple(sources[:videos]),
        concurrency,
        latency_seconds=latency_ms / 1000,
        dilation=dilation_for(rate) if dilation is None else dilation,
    )


def without_device(sources: Sequence[str]) -> Plan:
    """A device that takes no time: what is left is the host, its database and its S3, at 5 ms."""
    return Plan(
        "none",
        _HOST_CONCURRENCY,
        _AT_ONCE,
        _AT_ONCE,
        1 / _AT_ONCE,
        _AT_ONCE,
        tuple(sources[: 2 * _HOST_CONCURRENCY]),
        _HOST_CONCURRENCY,
        latency_seconds=min(LATENCIES_MS) / 1000,
    )


def binding(device: Device) -> str:
    """What a device runs out of first: ``nvdec`` or ``model``."""
    scored = device.windows_per_second * STRIDE_FRAMES
    return "nvdec" if device.decode_rate(CODEC) <= scored else "model"


def busy_share(device: Device, found: Found) -> float:
    """Of the binding resource, 0 to 1."""
    shares = found.engine_shares if binding(device) == "nvdec" else found.model_shares
    return shares[BUSY]


def least_settings(
    device: Device,
    sources: Sequence[str],
    attempt: Try,
    *,
    dilation: float | None = None,
) -> Least:
    """Try more and more of one setting after another until the binding resource is busy."""
    runs = 0

    def first(plans: Iterator[Plan]) -> Plan | None:
        nonlocal runs
        for plan in plans:
            runs += 1
            if busy_share(device, attempt(plan)) >= SATURATED:
                return plan
        return None

    def planned(concurrency: int, latency_ms: float) -> Plan:
        return plan_for(
            device, sources, concurrency=concurrency, latency_ms=latency_ms, dilation=dilation
        )

    # An engine works for one video at a time.
    fewest = device.engines if binding(device) == "nvdec" else 1
    steps = [step for step in _CONCURRENCY_STEPS if step >= fewest]
    found = first(planned(step, USUAL_LATENCY_MS) for step in steps)
    if found is None:
        return Least(None, runs=runs)
    far = planned(found.concurrency, FAR_LATENCY_MS)
    parts = first(replace(far, parts_in_flight=step) for step in _PARTS_STEPS)
    batch = first(replace(found, batch_windows=step) for step in _BATCH_STEPS)
    return Least(
        found.concurrency,
        None if parts is None else parts.parts_in_flight,
        None if batch is None else batch.batch_windows,
        runs,
    )
