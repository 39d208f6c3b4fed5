"""The place and the videos of the pipeline's tests, and a server that a module's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.served import SMALL_READS, Served, started
from tests.pipeline.conftest import Place, clip, commands, place, proxy, shared, sql, undisturbed
from tests.pipeline.processes import Commands
from tests.support.faulty_s3 import FaultyS3

__all__ = ["clip", "commands", "place", "proxy", "shared", "sql", "undisturbed"]


@pytest.fixture(scope="module")
def at_work(
    shared: tuple[Place, FaultyS3], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server on :func:`shared`: one video at once, and one waits."""
    place, proxy = shared
    commands = Commands(place, tmp_path_factory.mktemp("served"))
    try:
        yield started(
            commands,
            AWS_ENDPOINT_URL=proxy.url,
            GPU_SERVICE_CONCURRENCY="1",
            GPU_SERVICE_QUEUED_JOBS="1",
            **SMALL_READS,
        )
    finally:
        commands.close()
