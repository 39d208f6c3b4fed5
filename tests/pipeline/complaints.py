"""A place that a whole module shares, and what a complaint on stderr has to look like."""

from __future__ import annotations

import gc
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import anyio
import pytest

from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from tests.pipeline.conftest import Outcome, Place

AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

RESULT_FIELDS = {
    "video_id", "session_id", "source", "status", "device", "backend", "frames", "duration",
    "object_size", "bytes_read", "events", "timeline_key", "stages", "error",
}  # fmt: skip

_NOISE = re.compile(
    r"Traceback|Unclosed|asyncio|aiohttp|Exception ignored|never awaited|Warning|0x[0-9a-f]{8}|"
    r"botocore|\[[a-z0-9_,]+ @|Errno \d+\] Errno|\x1b"
)


@contextmanager
def shared_place(s3_url: str, postgres_url: str) -> Iterator[Place]:
    """A place for longer than one test; its tests lend it their ``capture``."""
    name = uuid.uuid4().hex[:12]
    settings = DatabaseSettings().model_copy(
        update={"database_url": postgres_url, "schema_name": f"t_{name}"}
    )
    anyio.run(migrate, settings)
    with pytest.MonkeyPatch.context() as patch:
        for variable in list(os.environ):
            if variable.startswith(("AWS_", "GPU_SERVICE_")) and "_TEST_" not in variable:
                patch.delenv(variable)
        for variable, value in AWS.items():
            patch.setenv(variable, value)
        patch.setenv("AWS_ENDPOINT_URL", s3_url)
        # Progress comes as log lines every few seconds, on a machine with much else to do.
        patch.setenv("GPU_SERVICE_LOG_LEVEL", "WARNING")
        capture = cast("pytest.CaptureFixture[str]", None)
        place = Place(s3_url, postgres_url, f"t_{name}", f"raw-{name}", f"thumbs-{name}", capture)
    yield place
    place.s3.close()


def without(place: Place, *names: str) -> Place:
    """The same place with less in its environment."""
    copy = object.__new__(Place)
    vars(copy).update(vars(place))
    copy.environment = {k: v for k, v in place.environment.items() if k not in names}
    return copy


def quiet_afterwards(place: Place) -> None:
    """What is left unclosed complains when it is collected."""
    gc.collect()
    assert place.capture.readouterr().err == ""


def only_line(outcome: Outcome) -> str:
    """The one line on stderr; no noise of libraries, nothing said twice."""
    lines = outcome.errors.splitlines()
    assert len(lines) == 1, outcome.errors
    check_line(lines[0])
    return lines[0]


def lines_of_videos(errors: str) -> list[str]:
    """The lines on stderr without those of progress, before the run's own table."""
    lines = errors.splitlines()
    table = [number for number, line in enumerate(lines) if line.split()[:1] == ["stage"]]
    before = lines[: table[0]] if table else lines
    return [line for line in before if line.strip() and " INFO " not in line]


def check_line(line: str) -> None:
    """No noise of libraries, nothing said twice."""
    assert not _NOISE.search(line), line
    clauses = [clause.strip() for clause in re.split(r"[;(]|: ", line)]
    long = [clause for clause in clauses if len(clause) > 12]
    assert len(set(long)) == len(long), line


def published(place: Place) -> set[str]:
    """The keys that the rows speak of, sheets included."""
    rows = place.rows("SELECT s3_thumbnail_key AS key FROM event")
    sheets = place.rows(
        "SELECT DISTINCT COALESCE(session_id, 'video_' || id) AS session FROM video "
        "WHERE EXISTS (SELECT FROM event WHERE video_id = video.id)"
    )
    return {row["key"] for row in rows} | {
        f"events/sessions/{row['session']}/timeline_overview.jpg" for row in sheets
    }


def said_in_row(place: Place, result: dict[str, Any]) -> None:
    """The row gives the status, the reason and the message that the result gives."""
    row = place.video(result["video_id"])
    error = result["error"] or {"reason": None, "message": None}
    assert (row["status"], row["reason"], row["message"]) == (
        result["status"],
        error["reason"],
        error["message"],
    )
