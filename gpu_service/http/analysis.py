"""One job through the pipeline; a bad one does not stop the rest."""

from __future__ import annotations

import logging

from gpu_service.errors import GpuServiceError, InternalError
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.pipeline.analyze import analyze
from gpu_service.pipeline.services import Services

logger = logging.getLogger("gpu_service.http")


async def analyze_job(services: Services, job: VideoJob) -> VideoResult:
    """Analyse a job's video; whatever goes wrong is in the result."""
    trace = services.trace.child(str(job.source))
    failed = VideoResult(job.video, services.device, backend="")
    try:
        return await analyze(
            services, job.source, video_id=job.video_id, session=job.session, trace=trace
        )
    except GpuServiceError as error:
        failed.fail(error)
    except Exception as error:
        logger.exception("%s: a fault of the service", job.source)
        failed.fail(InternalError(f"{job.source}: {type(error).__name__}: {error}"))
    return failed
