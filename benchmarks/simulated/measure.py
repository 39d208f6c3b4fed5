"""One plan, run in a process of its own and checked."""

from __future__ import annotations

import asyncio
import json

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from benchmarks.simulated.plan import Found, Plan


def run_plan(place: Place, plan: Plan, *, name: str, frames: int) -> Found:
    """Run it, on a site as far and as wide as it says, and see that every result is right.

    :param name: of its log.
    :param frames: of each video.
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
    words = ["-m", "benchmarks.simulated.child", str(file)]
    running = place.start(words, name=name, more=_settings(plan))
    found = Found(**json.loads(running.wait().stdout))
    _check(place, plan, found, frames)
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


def _check(place: Place, plan: Plan, found: Found, frames: int) -> None:
    videos = len(plan.sources)
    if found.statuses != {"complete": videos}:
        raise WrongResultsError(f"of {videos} videos: {found.statuses}")
    if found.frames != videos * frames:
        raise WrongResultsError(f"{found.frames} frames of {videos * frames}")
    events = videos * -(-frames // plan.cut_frames)
    rows = asyncio.run(place.value("SELECT count(*) FROM event"))
    thumbnails = sum("/frame_" in key for key in place.s3.thumbnail_keys())
    if not found.events == rows == thumbnails == events:
        raise WrongResultsError(
            f"{events} shots, {found.events} events, {rows} rows, {thumbnails} thumbnails"
        )
