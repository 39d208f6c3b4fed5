"""A simulated accelerator: what the scheduler leaves idle of devices that are not here."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome
from benchmarks.simulated.causes import BUSY
from benchmarks.simulated.devices import TABLE, Device, read_devices
from benchmarks.simulated.measure import run_plan
from benchmarks.simulated.media import FRAMES_PER_SECOND, clip_frames, simulated_video
from benchmarks.simulated.plan import Found, Plan
from benchmarks.simulated.sweep import (
    CONCURRENCY,
    LATENCIES_MS,
    SATURATED,
    USUAL_LATENCY_MS,
    Least,
    binding,
    busy_share,
    least_settings,
    plan_for,
    without_device,
)

_REPEATS, _QUICK_REPEATS = 2, 1
_QUICK_DEVICES = ("T4", "H100")
_QUICK_CONCURRENCY = (1, 16)
_VIDEOS = 64
_RUNS = "simulated.runs.jsonl"


def run(context: Context) -> Outcome:
    """Device by device, more and more videos at once, S3 nearer and farther.

    ``GPU_SIMULATION_DEVICES`` names another table, ``GPU_SIMULATION_ONLY`` some devices of it,
    ``GPU_SIMULATION_DILATION`` how much slower than life everything is.
    """
    table = Path(os.environ.get("GPU_SIMULATION_DEVICES", TABLE))
    devices = _chosen(read_devices(table), quick=context.quick)
    said = os.environ.get("GPU_SIMULATION_DILATION")
    dilation = None if said is None else float(said)
    repeats = _QUICK_REPEATS if context.quick else _REPEATS
    video = simulated_video(context.made_media, context.media, repeats)
    keys = [f"videos/simulated/{number}.mp4" for number in range(_VIDEOS)]
    sources = context.place.s3.serve(video, keys)
    (context.place.out / _RUNS).unlink(missing_ok=True)
    known: dict[Plan, Found] = {}

    def attempt(plan: Plan) -> Found:
        # The search for the least settings comes by what the grid has tried.
        if plan not in known:
            known[plan] = _run(context, clip_frames(repeats), plan)
        return known[plan]

    figures: list[Figure] = []
    runs: list[dict[str, Any]] = []
    tried: list[dict[str, Any]] = []
    least: dict[str, dict[str, Any]] = {}

    def noted(plan: Plan) -> Found:
        found = attempt(plan)
        tried.append(_said(plan, found))
        return found

    for device in devices:
        found = []
        for latency_ms in (USUAL_LATENCY_MS,) if context.quick else LATENCIES_MS:
            for concurrency in _QUICK_CONCURRENCY if context.quick else CONCURRENCY:
                plan = plan_for(
                    device,
                    sources,
                    concurrency=concurrency,
                    latency_ms=latency_ms,
                    dilation=dilation,
                )
                one = attempt(plan)
                found.append((plan, one))
                runs.append(_said(plan, one))
        figures += _figures(device, found)
        if not context.quick:
            settings = least_settings(device, sources, noted, dilation=dilation)
            least[device.name] = asdict(settings)
            figures += _least_figures(device, settings)
    host_plan = without_device(sources)
    host = attempt(host_plan)
    figures += _host_figures(host)
    context.place.s3.reset()
    costs = tuple(one["host_microseconds_per_frame"] for one in runs)
    figures.append(Figure("host CPU a frame, of the pipeline's process", "µs", costs))
    details = {
        "table": str(table),
        "runs": runs,
        "tried": tried,
        "host": _said(host_plan, host),
        "least": least,
        "saturated": SATURATED,
    }
    return Outcome(figures, details, _notes(devices, video, clip_frames(repeats)))


def _chosen(devices: dict[str, Device], *, quick: bool) -> list[Device]:
    only = os.environ.get("GPU_SIMULATION_ONLY")
    names = only.split(",") if only else list(devices)
    if unknown := [name for name in names if name not in devices]:
        raise ValueError(f"no device named {', '.join(unknown)} in the table")
    if quick and not only:
        names = [name for name in names if name in _QUICK_DEVICES] or names[:1]
    return [devices[name] for name in names]


def _run(context: Context, frames: int, plan: Plan) -> Found:
    name = f"simulated-{plan.device}-{plan.concurrency}-{plan.latency_seconds * 1000:g}ms"
    found = run_plan(context.place, plan, name=name, frames=frames)
    # The case is long: what it has found is there to be seen, and outlasts a run that fails.
    with (context.place.out / _RUNS).open("a") as file:
        file.write(json.dumps(_said(plan, found)) + "\n")
    return found


def _said(plan: Plan, found: Found) -> dict[str, Any]:
    said = asdict(plan) | found.to_json()
    return said | {"sources": len(plan.sources), "latency_ms": plan.latency_seconds * 1000}


def _figures(device: Device, found: Sequence[tuple[Plan, Found]]) -> list[Figure]:
    best_plan, best = max(found, key=lambda pair: busy_share(device, pair[1]))
    what = "NVDEC engines" if binding(device) == "nvdec" else "model"
    where = (
        f"{best_plan.concurrency} videos at once, S3 at {best_plan.latency_seconds * 1000:g} ms, "
        f"{best_plan.dilation:g}× slower than life"
    )
    hours = best.frames_per_second / FRAMES_PER_SECOND * 24
    return [
        Figure(
            f"{device.name}: {what} busy ({where})",
            "%",
            (100 * busy_share(device, best),),
            at_least=100 * SATURATED,
        ),
        Figure(f"{device.name}: model busy meanwhile", "%", (100 * best.model_shares[BUSY],)),
        Figure(f"{device.name}: video-hours a day", "h", (hours,)),
        Figure(f"{device.name}: host cores at the device's pace", "", (best.host_cores,)),
    ]


def _least_figures(device: Device, least: Least) -> list[Figure]:
    settings = {
        "videos at once, S3 at 20 ms": least.concurrency,
        "parts in flight, S3 at 80 ms": least.parts_in_flight,
        "windows a batch": least.batch_windows,
    }
    return [
        Figure(f"{device.name}: least {name} for 95 %", "", (value,))
        for name, value in settings.items()
        if value is not None
    ]


def _host_figures(host: Found) -> list[Figure]:
    what = "host alone, a device that takes no time, 16 videos at once"
    return [
        Figure(f"{what}: all of it", "frames/s", (host.frames / host.seconds,)),
        Figure(f"{what}: cores of the pipeline's process", "", (host.host_cores,)),
    ]


def _notes(devices: Sequence[Device], video: Path, frames: int) -> list[str]:
    mbit = video.stat().st_size * 8 / (frames / FRAMES_PER_SECOND) / 1e6
    workload = (
        f"videos of {frames} frames, 1080p H.264 at {mbit:.1f} Mbit/s, a cut every 150 frames; "
        "each midpoint is decoded again from its keyframe on the same engines"
    )
    estimates = sorted({name for device in devices for name in device.estimated})
    return [
        "no GPU ran: decoder, model and JPEG encoder sleep as long as the table of devices says",
        workload,
        "where a device's frames/s come near those of the host alone, the host is what is simulated",
        f"estimates among the figures: {', '.join(estimates)}",
    ]
