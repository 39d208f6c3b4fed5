from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.place import Place, place


@pytest.fixture(scope="session")
def bench_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """PostgreSQL, S3 behind its proxy without latency, and the service's tables."""
    with place(tmp_path_factory.mktemp("bench")) as made:
        made.s3.reset(latency_seconds=0, bytes_per_second=None)
        yield made
