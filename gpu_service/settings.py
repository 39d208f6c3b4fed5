"""Every setting, read once from the environment into one frozen tree.

Each leaf is ``GPU_SERVICE_<NAME>`` in upper case, whatever branch it hangs on; ``DATABASE_URL``
and ``AWS_*`` keep the names that everybody knows. A bad value is refused with its name, and so is
a ``GPU_SERVICE_`` name that does not exist, since a misspelt setting would be silently ignored.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gpu_service.errors import SettingsError

_PREFIX = "GPU_SERVICE_"
_TEST_PREFIX = "GPU_SERVICE_TEST_"
"""Of what the test suite alone reads."""

MiB = 1024 * 1024

LEAST_BUDGET_BYTES = 1 * MiB
FEWEST_CONNECTIONS = 2


class _Branch(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")


class SourceSettings(_Branch):
    """How objects are read."""

    raw_bucket: str = Field(
        "capstone-dev-raw", min_length=1, description="bucket of the raw videos; only read"
    )
    part_bytes: int = Field(8 * MiB, ge=64 * 1024, description="largest range of one GET")
    parts_in_flight: int = Field(4, ge=1, le=64, description="GETs ahead of the reader")
    read_cache_bytes: int = Field(
        64 * MiB, ge=1 * MiB, description="bytes of one object kept in memory while it is read"
    )
    read_attempts: int = Field(6, ge=1, description="tries of one range before giving up")
    requester_pays: bool = Field(False, description="accept the charges of requester-pays buckets")


class DetectSettings(_Branch):
    """How events are found."""

    weights: str = Field("", description="weight file, a path or s3://…; empty: the official one")
    weights_sha256: str = Field("", description="refuse weights with another SHA-256")
    threshold: float = Field(0.5, gt=0, lt=1, description="a frame above it is in a transition")
    min_event_seconds: float = Field(
        0.5, ge=0, allow_inf_nan=False, description="shorter events join a neighbour; 0 keeps all"
    )
    model_threads: int = Field(0, ge=0, description="CPU threads of the model; 0: one a core")
    detect_mode: Literal["fast", "reference"] = Field(
        "fast", description="the official protocol (reference), or the same events for less work"
    )
    batch_windows: int = Field(
        0, ge=0, le=256, description="windows of all videos in one batch; 0: what suits the device"
    )
    batch_wait_seconds: float = Field(
        0.05, ge=0, le=60, description="longest wait of a window for a full batch"
    )


class ThumbnailSettings(_Branch):
    """How thumbnails are made and where they go."""

    thumbnails_bucket: str = Field(
        "capstone-dev-thumbnails", min_length=1, description="bucket of the JPEGs"
    )
    jpeg_quality: int = Field(85, ge=1, le=100, description="JPEG quality")
    max_width: int = Field(0, ge=0, description="widest thumbnail in pixels; 0: as the video")
    uploads_in_flight: int = Field(8, ge=1, le=256, description="concurrent puts")
    sheet_max_tiles: int = Field(120, ge=1, le=2000, description="events on a contact sheet")


class DatabaseSettings(_Branch):
    """Where rows go."""

    database_url: str = Field("", validation_alias="DATABASE_URL", description="postgresql://…")
    schema_name: str = Field(
        "public",
        validation_alias="GPU_SERVICE_SCHEMA",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$",
        description="schema of the tables",
    )
    pool_size: int = Field(4, ge=FEWEST_CONNECTIONS, le=64, description="database connections")
    statement_timeout_seconds: float = Field(
        60.0, ge=0.001, le=86_400, description="longest statement"
    )


class PipelineSettings(_Branch):
    """How much goes on at once."""

    concurrency: int = Field(4, ge=1, le=256, description="videos at once")
    processes: int = Field(
        1, ge=1, le=64, description="processes of analyze that share the videos at once"
    )
    frames_budget_bytes: int = Field(
        256 * MiB,
        ge=LEAST_BUDGET_BYTES,
        description="decoded frames and JPEGs in memory, of all videos",
    )
    packets_budget_bytes: int = Field(
        128 * MiB,
        ge=LEAST_BUDGET_BYTES,
        description="packets kept for midpoint frames, of all videos",
    )


class HttpSettings(_Branch):
    """What ``serve`` takes, and what it remembers."""

    http_buckets: str = Field(
        "", description="buckets besides the raw one that HTTP may name, commas between them"
    )
    queued_jobs: int = Field(
        100,
        ge=1,
        le=100_000,
        description="jobs of serve that wait for their turn; more are refused",
    )
    finished_jobs: int = Field(
        1000, ge=1, le=1_000_000, description="finished jobs of serve that can still be asked for"
    )


class Settings(_Branch):
    """The whole tree."""

    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where to decode and detect")
    local_dir: Path = Field(Path(".gpu-service"), description="folder of --local and demo")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="log level")
    source: SourceSettings = Field(default_factory=SourceSettings)
    detect: DetectSettings = Field(default_factory=DetectSettings)
    thumbnail: ThumbnailSettings = Field(default_factory=ThumbnailSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    pipeline: PipelineSettings = Field(default_factory=PipelineSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)


_BRANCHES: tuple[type[_Branch], ...] = (
    SourceSettings,
    DetectSettings,
    ThumbnailSettings,
    DatabaseSettings,
    PipelineSettings,
    HttpSettings,
)


def setting_names() -> dict[str, str]:
    """Every environment name with its description, in the order of the tree."""
    names: dict[str, str] = {}
    branches: tuple[type[BaseSettings], ...] = (Settings, *_BRANCHES)
    for branch in branches:
        for name, field in branch.model_fields.items():
            if field.description is not None:
                alias = field.validation_alias
                names[alias if isinstance(alias, str) else f"{_PREFIX}{name.upper()}"] = (
                    field.description
                )
    return names


def load_settings() -> Settings:
    """Read the environment.

    :raises SettingsError: naming the variable whose value or name is wrong.
    """
    known = setting_names()
    for name in os.environ:
        if name.startswith(_TEST_PREFIX):
            continue
        if name.startswith(_PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise SettingsError(f"{name} is not a setting{hint}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][-1])
        name = field if field.isupper() else f"{_PREFIX}{field.upper()}"
        raise SettingsError(f"{name}={first['input']!r}: {first['msg']}") from error
