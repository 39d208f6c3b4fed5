"""One plan, run in a process of its own and checked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from benchmarks.simulated.plan import Found, Plan


def run_plan(
    place: Place,
    plan: Plan,
    *,
    name: str,
    frames: int | Sequence[int],
    program: Sequence[str] = ("-m", "benchmarks.simulated.child"),
    more: Mapping[str, str] | None = None,
) -> Found:
    """Run it, on a site as far and as wide as it says, and see that every result is right.

    :param name: of its log.
    :param frames: of each video, if they are not all alike.
    :param program: what Python is given before the plan's file.
    :param more: further environment.
    :raises WrongResultsError: a video, event, row or thumbnail is missing.
    :raises RuntimeError: the process failed.
    """
    place.clear()
    place.s3.reset(
        latency_seconds=plan.latency_seconds * plan.dilation,
        bytes_per_second=plan.bytes_per_second / plan.dilation,
    )
    file = place.scratch / "plan.json"
    file.write_text(plan.to_json())
    environment = _settings(plan) | dict(more or {})
    running = place.start([*program, str(file)], name=name, more=environment)
    found = Found(**json.loads(running.wait().stdout))
    _check(place, plan, found, [frames] * len(plan.sources) if isinstance(frames, int) else frames)
    return found


def _settings(plan: Plan) -> dict[str, str]:
    said = {
        "CONCURRENCY": plan.concurrency,
        "PARTS_IN_FLIGHT": plan.parts_in_flight,
        "BATCH_WINDOWS": plan.batch_windows,
        "BATCH_WAIT_SECONDS": 0.05 * plan.dilation,
        "DEVICE": "cpu",
    }
    return {f"GPU_SERVICE_{name}": str(value) for name, value in said.items()}


def _check(place: Place, plan: Plan, found: Found, frames: Sequence[int]) -> None:
    videos = len(plan.sources)
    if found.statuses != {"complete": videos}:
        raise WrongResultsError(f"of {videos} videos: {found.statuses}")
    if found.frames != sum(frames):
        raise WrongResultsError(f"{found.frames} frames of {sum(frames)}")
    events = sum(-(-each // plan.cut_frames) for each in frames)
    rows = asyncio.run(place.value("SELECT count(*) FROM event"))
    thumbnails = sum("/frame_" in key for key in place.s3.thumbnail_keys())
    if not found.events == rows == thumbnails == events:
        raise WrongResultsError(
            f"{events} shots, {found.events} events, {rows} rows, {thumbnails} thumbnails"
        )
