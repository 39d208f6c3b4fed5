"""Real containers demuxed through S3: what it costs in requests and bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import av
import pytest
from anyio import to_thread

from gpu_service.errors import SourceChangedError
from gpu_service.settings import SourceSettings
from tests.source.places import KiB, MiB, S3Place
from tests.support.faulty_s3 import Fault, FaultyS3
from tests.support.ffmpeg import ffmpeg
from tests.support.media import media

pytestmark = pytest.mark.anyio

SETTINGS = SourceSettings(part_bytes=256 * KiB, read_cache_bytes=4 * MiB, parts_in_flight=4)
"""As the defaults are to a long video: the object is many times a part, and past the cache."""


@dataclass(frozen=True)
class Clip:
    """How a container is written and opened."""

    suffix: str
    written: tuple[str, ...] = ()
    opened: dict[str, str] = field(default_factory=dict)


CLIPS = {
    "mp4": Clip(".mp4"),
    "mp4 faststart": Clip(".mp4", ("-movflags", "+faststart")),
    # Without this flag libav looks for every fragment's header before it reads any.
    "mp4 fragmented": Clip(
        ".mp4", ("-movflags", "+frag_keyframe+empty_moov"), {"fflags": "+ignidx"}
    ),
    "mkv": Clip(".mkv"),
    "avi": Clip(".avi"),
    "ts": Clip(".ts"),
}

Draw = Callable[[str], bytes]


@pytest.fixture(scope="session")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Draw:
    """Ten seconds that hardly compress, with sound: about 10 MB."""
    folder = tmp_path_factory.mktemp("clips")

    @cache
    def drawn(name: str) -> bytes:
        path = folder / (name.replace(" ", "_") + CLIPS[name].suffix)
        ffmpeg(
            "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=10,noise=alls=40:allf=t",
            "-f", "lavfi", "-i", "sine=duration=10",
            "-c:v", "mpeg4", "-b:v", "8M", "-c:a", "aac", *CLIPS[name].written, str(path),
        )  # fmt: skip
        return path.read_bytes()

    return drawn


def packets_of(
    file: io.IOBase, options: dict[str, str] | None = None
) -> list[tuple[int, int | None, int]]:
    with av.open(file, "r", options=options or {}) as container:
        return [(p.stream_index, p.pts, p.size) for p in container.demux() if p.size]


@pytest.mark.parametrize("name", CLIPS)
async def test_every_byte_is_read_once(s3_place: S3Place, draw: Draw, name: str) -> None:
    content, options = draw(name), CLIPS[name].opened
    assert len(content) > 2 * SETTINGS.read_cache_bytes
    assert (content.rfind(b"moov") > content.find(b"mdat")) == (name == "mp4")
    s3_place.put(content)
    expected = packets_of(io.BytesIO(content), options)
    async with s3_place.source(SETTINGS) as source, source.open() as opened:
        assert await to_thread.run_sync(packets_of, opened.file, options) == expected
        assert opened.bytes_read == opened.pin.size
        assert opened.requests <= len(content) / SETTINGS.part_bytes + 3


async def test_an_index_at_the_end_costs_one_more_get(
    proxy: FaultyS3, s3_place: S3Place, draw: Draw
) -> None:
    def open_only(file: io.RawIOBase) -> None:
        with av.open(file, "r") as container:
            assert container.streams.video[0].frames == 250

    content = draw("mp4")
    s3_place.put(content)
    async with s3_place.source(SETTINGS) as source, source.open() as opened:
        await to_thread.run_sync(open_only, opened.file)
    first, *others = proxy.gets
    assert first.start == 0
    assert [get.end for get in others if get.start > len(content) // 2] == [len(content)]


async def test_a_seek_reads_little(s3_place: S3Place, draw: Draw) -> None:
    def seek(file: io.RawIOBase) -> int:
        with av.open(file, "r") as container:
            stream = container.streams.video[0]
            container.seek(4_000_000)
            return next(p.pts for p in container.demux(stream) if p.pts is not None)

    content = draw("mp4")
    s3_place.put(content)
    async with s3_place.source(SETTINGS) as source, source.open() as opened:
        assert await to_thread.run_sync(seek, opened.file) > 0
        assert opened.bytes_read < 0.5 * len(content)


async def test_a_demuxer_hands_the_source_s_error_on(
    proxy: FaultyS3, s3_place: S3Place, draw: Draw
) -> None:
    s3_place.put(draw("mp4"))
    proxy.script = lambda request: (
        Fault(status=412, code="PreconditionFailed") if request.start > 3 * MiB else None
    )
    async with s3_place.source(SETTINGS) as source, source.open() as opened:
        with pytest.raises(SourceChangedError):
            await to_thread.run_sync(packets_of, opened.file)
        assert isinstance(opened.failure, SourceChangedError)


@pytest.mark.parametrize("name", ["testvideo.mp4", "transnet_test.mp4", "Megamind.avi"])
async def test_real_videos(s3_place: S3Place, name: str) -> None:
    content = media(name).read_bytes()
    s3_place.put(content)
    settings = SourceSettings(part_bytes=64 * KiB, read_cache_bytes=1 * MiB)
    expected = packets_of(io.BytesIO(content))
    async with s3_place.source(settings) as source, source.open() as opened:
        assert await to_thread.run_sync(packets_of, opened.file) == expected
        assert opened.bytes_read <= 1.02 * opened.pin.size
