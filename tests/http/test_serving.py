"""What the routes may work on, over the life of a server."""

from __future__ import annotations

from typing import Any, cast

import anyio
import pytest

from gpu_service.errors import TransientError
from gpu_service.http.app import create_app
from gpu_service.http.job_queue import JobQueue
from gpu_service.http.serving import Parts, Serving
from gpu_service.jobs import VideoJob, VideoResult
from gpu_service.settings import load_settings

pytestmark = pytest.mark.anyio


def test_the_raw_bucket_and_those_that_the_settings_add(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Serving(load_settings()).buckets == {"capstone-dev-raw"}
    monkeypatch.setenv("GPU_SERVICE_RAW_BUCKET", "mine")
    monkeypatch.setenv("GPU_SERVICE_HTTP_BUCKETS", "yours, theirs,")
    assert Serving(load_settings()).buckets == {"mine", "yours", "theirs"}


async def status_of(serving: Serving, path: str) -> int:
    """What the application answers to a GET."""
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        said.append(dict(message))

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [],
        "server": ("127.0.0.1", 80),
    }
    await create_app(serving)(scope, receive, send)
    return int(said[0]["status"])


async def never(job: VideoJob) -> VideoResult:
    raise AssertionError(job)


async def test_before_while_and_after() -> None:
    serving = Serving(load_settings())
    with pytest.raises(TransientError, match="the model is being loaded"):
        _ = serving.parts
    assert await status_of(serving, "/healthz") == 200
    assert serving.undone == []

    queue = JobQueue(never, concurrency=2, queued_jobs=1, finished_jobs=1)
    parts = Parts(queue, cast("Any", None), cast("Any", None))
    async with anyio.create_task_group() as group:
        group.start_soon(queue.run)
        with serving.open(parts):
            assert serving.parts is parts
            assert await status_of(serving, "/healthz") == 200
        with pytest.raises(TransientError, match="the server is stopping") as caught:
            _ = serving.parts
        assert caught.value.reason == "not_ready"
        group.cancel_scope.cancel()
    assert await status_of(serving, "/healthz") == 503
