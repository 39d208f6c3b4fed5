"""The server: pipeline and HTTP in one process, until it is cancelled."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import anyio

from gpu_service.http.analysis import analyze_job
from gpu_service.http.app import create_app
from gpu_service.http.database_probe import DatabaseProbe
from gpu_service.http.job_queue import JobQueue
from gpu_service.http.listener import address_of, listening, serve_http
from gpu_service.http.serving import Parts, Serving
from gpu_service.jobs import SourceRef
from gpu_service.pipeline.groups import task_group
from gpu_service.pipeline.services import Services, open_services
from gpu_service.trace import Trace

logger = logging.getLogger("gpu_service.http")


async def serve(
    serving: Serving,
    host: str,
    port: int,
    *,
    local: bool,
    started: Callable[[str], None],
) -> None:
    """Serve until cancelled. Answers come from the start on, jobs are taken once the model is loaded.

    Cancelled, it takes no more requests, and stops what runs where it is: the same request to
    another server finishes it.

    :param started: hears the server's address.
    :raises SettingsError: ``address``, or as :func:`~gpu_service.pipeline.services.open_services`.
    :raises TransientError: as that function.
    """
    # Whatever their keys are, they lie in S3.
    sources = [SourceRef(bucket, "") for bucket in sorted(serving.buckets)]
    with listening(host, port) as opened:
        async with task_group() as group:
            group.start_soon(serve_http, create_app(serving), opened)
            started(address_of(opened))
            async with open_services(
                serving.settings, local=local, sources=sources, trace=Trace()
            ) as services:
                logger.info("the model is loaded, on %s; jobs are taken", services.device)
                await _work(serving, services)


async def _work(serving: Serving, services: Services) -> None:
    settings = serving.settings
    queue = JobQueue(
        partial(analyze_job, services),
        concurrency=settings.pipeline.concurrency,
        queued_jobs=settings.http.queued_jobs,
        finished_jobs=settings.http.finished_jobs,
    )
    probe = DatabaseProbe(services.sinks.database.check)
    async with task_group() as group:
        group.start_soon(queue.run)
        group.start_soon(probe.run)
        with serving.open(Parts(queue, services.sinks, probe)):
            await anyio.sleep_forever()
