"""The whole service on the suite's servers: a schema and two buckets of each test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import asyncpg
import boto3
import pytest

from gpu_service.cli import main
from gpu_service.settings import DatabaseSettings
from gpu_service.sink.migrate import migrate
from tests.support.faulty_s3 import FaultyS3, faulty_s3
from tests.support.ffmpeg import ffmpeg

if TYPE_CHECKING:
    from tests.pipeline.bench import Bench
    from tests.pipeline.holds import Sql
    from tests.pipeline.processes import Commands
    from tests.pipeline.state import State


@dataclass
class Outcome:
    """What a command did."""

    code: int
    results: list[dict[str, Any]]
    errors: str
    printed: str = ""

    @property
    def only(self) -> dict[str, Any]:
        assert len(self.results) == 1, self.errors
        return self.results[0]


def json_lines(text: str) -> list[dict[str, Any]]:
    """The objects that ``--json`` printed."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


@dataclass
class Place:
    """Buckets and a schema, and the command line that works on them."""

    s3_url: str
    database_url: str
    schema: str
    raw: str
    thumbnails: str
    capture: pytest.CaptureFixture[str]
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.s3 = boto3.client("s3", endpoint_url=self.s3_url)
        for bucket in (self.raw, self.thumbnails):
            self.s3.create_bucket(Bucket=bucket)
        self.environment = os.environ | {
            "DATABASE_URL": self.database_url,
            "GPU_SERVICE_SCHEMA": self.schema,
            "GPU_SERVICE_RAW_BUCKET": self.raw,
            "GPU_SERVICE_THUMBNAILS_BUCKET": self.thumbnails,
        }

    def upload(self, key: str, body: bytes | Path) -> str:
        """Store a raw object; returns its address."""
        content = body.read_bytes() if isinstance(body, Path) else body
        self.s3.put_object(Bucket=self.raw, Key=key, Body=content)
        return f"s3://{self.raw}/{key}"

    def start(self, *words: str, **changes: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "gpu_service", *words],
            env=self.environment | changes,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, **changes: str) -> Outcome:
        """Run a command to its end, in this process: most of a new one's time is its imports."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (self.environment | changes).items():
                patch.setenv(name, value)
            self.capture.readouterr()
            with pytest.raises(SystemExit) as left:
                main(words)
        said = self.capture.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        return Outcome(code, json_lines(said.out), said.err, said.out)

    def analyze(self, *words: str, **changes: str) -> Outcome:
        return self.run("analyze", "--json", *words, **changes)

    def keys(self) -> set[str]:
        """Every key in the thumbnails' bucket."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.thumbnails)
        return {str(item["Key"]) for page in pages for item in page.get("Contents", [])}

    def rows(self, query: str, *arguments: object) -> list[dict[str, Any]]:
        """Ask the database, as another application would."""

        async def ask() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(
                self.database_url, server_settings={"search_path": self.schema}
            )
            try:
                return [dict(row) for row in await connection.fetch(query, *arguments)]
            finally:
                await connection.close()

        return anyio.run(ask)

    def video(self, video_id: int) -> dict[str, Any]:
        (row,) = self.rows("SELECT * FROM video WHERE id = $1", video_id)
        return row

    def events(self, video_id: int) -> list[dict[str, Any]]:
        return self.rows("SELECT * FROM event WHERE video_id = $1 ORDER BY start_time", video_id)


@pytest.fixture
def place(
    s3_environment: str,
    postgres_url: str,
    schema_name: str,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Place]:
    name = uuid.uuid4().hex[:12]
    settings = DatabaseSettings().model_copy(
        update={"database_url": postgres_url, "schema_name": schema_name}
    )
    anyio.run(migrate, settings)
    with ExitStack() as stack:
        made = Place(
            s3_environment, postgres_url, schema_name, f"raw-{name}", f"thumbs-{name}", capsys
        )
        stack.callback(made.s3.close)
        yield made


def draw_cuts(
    path: Path, *, colours: tuple[str, ...], seconds: float = 1.2, encoding: tuple[str, ...] = ()
) -> Path:
    """A small video with a hard cut between moving patterns of these colours."""
    sources = [
        f"mandelbrot=size=128x96:rate=25:start_scale={2 + number},"
        f"colorize=hue={hue}:saturation=0.6,trim=duration={seconds},setpts=PTS-STARTPTS"
        for number, hue in enumerate(colours)
    ]
    labels = "".join(f"[v{number}]" for number in range(len(sources)))
    graph = ";".join(f"{source}[v{number}]" for number, source in enumerate(sources))
    graph += f";{labels}concat=n={len(sources)}:v=1:a=0"
    ffmpeg("-filter_complex", graph, "-c:v", "libx264", "-pix_fmt", "yuv420p", *encoding, str(path))
    return path


@pytest.fixture(scope="session")
def two_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 frames, a cut in the middle."""
    return draw_cuts(tmp_path_factory.mktemp("drawn") / "two.mp4", colours=("20", "200"))


@pytest.fixture(scope="session")
def three_shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """90 frames, two cuts."""
    path = tmp_path_factory.mktemp("drawn") / "three.mp4"
    return draw_cuts(path, colours=("300", "60", "180"))


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 frames, two cuts, its index first and some 400 KB: it takes several small reads."""
    path = tmp_path_factory.mktemp("drawn") / "clip.mp4"
    encoding = ("-s", "256x192", "-crf", "0", "-movflags", "+faststart")
    return draw_cuts(path, colours=("300", "60", "180"), seconds=0.64, encoding=encoding)


@pytest.fixture
def proxy(s3_environment: str) -> Iterator[FaultyS3]:
    """In front of the endpoint, to be given as ``AWS_ENDPOINT_URL``."""
    with faulty_s3(s3_environment) as proxy:
        yield proxy


@pytest.fixture
def sql(place: Place) -> Iterator[Sql]:
    """Another application's session."""
    from tests.pipeline.holds import sql_session

    with sql_session(place) as session:
        yield session


@pytest.fixture
def commands(place: Place, tmp_path: Path) -> Iterator[Commands]:
    """Starts commands as processes."""
    from tests.pipeline.processes import Commands

    commands = Commands(place, tmp_path)
    yield commands
    commands.close()


@dataclass
class Quiet:
    """A place where ``clip``, as video 42 of session 7, was analysed and nothing went wrong."""

    place: Place
    state: State


_quiet: dict[str, Quiet] = {}


def _once(like: Place, name: str, clip: Path, **changes: str) -> Quiet:
    from tests.pipeline.state import new_place, state_of

    if name not in _quiet:
        place = new_place(like)
        done = place.analyze(place.upload("videos/session_7/video_42.mp4", clip), **changes)
        assert done.code == 0, done.errors
        _quiet[name] = Quiet(place, state_of(place))
        place.s3.close()
    return _quiet[name]


@pytest.fixture
def undisturbed(place: Place, clip: Path) -> State:
    """What an analysis of ``clip`` leaves behind."""
    return _once(place, "three events", clip).state


@pytest.fixture
def earlier(place: Place, clip: Path) -> State:
    """``place`` with another result of ``clip`` in it: one event, where now three are found."""
    from tests.pipeline.state import copy_place

    found = _once(place, "one event", clip, GPU_SERVICE_MIN_EVENT_SECONDS="5")
    place.upload("videos/session_7/video_42.mp4", clip)
    copy_place(found.place, place)
    return found.state


@pytest.fixture(scope="module")
def shared(s3_url: str, postgres_url: str, clip: Path) -> Iterator[tuple[Place, FaultyS3]]:
    """A place for a module, with ``clip`` in it as two videos of a session, and its proxy."""
    from tests.pipeline.bench import BESIDE, KEY
    from tests.pipeline.complaints import shared_place

    with shared_place(s3_url, postgres_url) as place, faulty_s3(s3_url) as proxy:
        for key in (KEY, BESIDE):
            place.upload(key, clip)
        yield place, proxy


@pytest.fixture(scope="module")
async def _open_bench(shared: tuple[Place, FaultyS3]) -> AsyncIterator[Bench]:
    from tests.pipeline.bench import open_bench

    async with open_bench(*shared) as bench:
        yield bench


@pytest.fixture
def bench(_open_bench: Bench) -> Bench:
    """Services that the module shares, on an empty place."""
    _open_bench.reset()
    return _open_bench
