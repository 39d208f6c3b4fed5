"""The trigger's routes: ask for an analysis, look at a job, read a video's events."""

from __future__ import annotations

from typing import Annotated

import anyio.lowlevel
from fastapi import APIRouter, Path, Response
from pydantic import BeforeValidator

from gpu_service.errors import InputError
from gpu_service.http.database_reads import in_time
from gpu_service.http.models import AnalysisRequest, EventsView, EventView, JobView
from gpu_service.http.serving import Serving

LINK_SECONDS = 3600
"""How long a ``thumbnail_url`` can be used."""

_READ_SECONDS = 5.0
"""How long the database may take for a video's events."""


def _digits(text: str) -> str:
    """Python's integers may have signs, spaces and underscores, which here are slips."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError("a video's id is a whole number from 1 on")
    return text


VideoId = Annotated[int, BeforeValidator(_digits), Path(ge=1, lt=2**63)]


def trigger_routes(serving: Serving) -> APIRouter:
    """The routes over what is being served."""
    router = APIRouter()

    @router.post("/videos/{video_id}/analysis", status_code=202)
    async def analyse(video_id: VideoId, wanted: AnalysisRequest, response: Response) -> JobView:
        if wanted.bucket not in serving.buckets:
            raise InputError(
                f"bucket {wanted.bucket!r} is not one to analyse from; "
                "GPU_SERVICE_RAW_BUCKET or GPU_SERVICE_HTTP_BUCKETS may name it",
                reason="bucket_refused",
            )
        job = serving.parts.queue.submit(wanted.job(video_id))
        response.headers["Location"] = f"/jobs/{job.id}"
        return JobView.of(job)

    @router.get("/jobs/{job_id}")
    async def show_job(job_id: str) -> JobView:
        return JobView.of(serving.parts.queue.jobs.get(job_id))

    @router.get("/videos/{video_id}/events")
    async def show_events(video_id: VideoId) -> EventsView:
        sinks = serving.parts.sinks
        with in_time(_READ_SECONDS):
            await sinks.database.known_video(video_id)
            rows = [row async for row in sinks.database.events_of(video_id)]
        events = []
        for row in rows:
            url = None
            if row.has_thumbnail and row.s3_thumbnail_key:
                url = await sinks.store.link(row.s3_thumbnail_key, seconds=LINK_SECONDS)
            events.append(EventView.of(row, url))
            # Signing waits for nothing: thousands of events must let others have their turn.
            await anyio.lowlevel.checkpoint()
        return EventsView(events=events)

    return router
