"""Groups decoded at the same time: what comes out is what one decoder gives, whatever the video."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.closed_gops import LEAST_PACKETS, ClosedGops
from gpu_service.decode.cpu import open_video
from gpu_service.decode.decode import decode_packets
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.downscale import Downscaled, FrameNote
from gpu_service.decode.input import InputFile
from gpu_service.decode.one_decoder import downscaled
from gpu_service.decode.side_by_side import SideBySide
from tests.decode.clips import CLIPS, FRAMES, GOP, Clip, draw
from tests.decode.conftest import ClipPath
from tests.support.ffmpeg import ffmpeg
from tests.support.media import media

CLOSED = [
    "mp4",
    "mp4-b-frames",
    "mp4-vfr",
    "mp4-no-edit-list",
    "hevc",
    "h264-10",
    "avi-h264",
    "mp4-mpeg4",
]
LEANING = [
    "mp4-open-gop",
    "intra-refresh",
    "mkv-open-gop",
    "hevc-open-gop",
    "mp4-mpeg4-b",
    "avi-h264",
]


class Scan:
    """One pass over bytes; also how many packets could not be decoded."""

    def __init__(self, data: bytes, workers: int) -> None:
        self.errors = 0
        self.threads: set[str] = set()
        self.demuxer = Demuxer(InputFile(cast("io.RawIOBase", io.BytesIO(data))), "clip")
        stream = self.demuxer.stream
        self.packets = self.demuxer.packets()
        if workers == 1:
            stream.codec_context.thread_count = 1
            decode = partial(decode_packets, stream.codec_context, on_error=self._count)
            self.frames = downscaled(self.packets, decode)
            return
        extradata = bytes(stream.codec_context.extradata or b"")
        gops = ClosedGops(stream.codec_context.name, extradata, at_once=workers)
        scan = SideBySide(stream, gops, self.demuxer.index, threads=1)
        self.frames = scan.frames(self._read(), on_error=self._count)
        self.read = 0

    def _read(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        for number, packet in self.packets:
            self.read = number + 1
            yield number, packet

    def _count(self) -> None:
        self.errors += 1


def same(one: Scan, other: Scan, gop: int = GOP) -> int:
    """Exhaust both; how many frames they have."""
    ours = []
    for part in one.frames:
        ours.append(part)
        one.threads.update(at_work())
    theirs = list(other.frames)
    assert notes(ours) == notes(theirs)
    # How a decoder mends a frame depends on what it had in its hands before, and the rest of the
    # group is made of it.
    mended = {note.packet // gop for note in notes(ours) if note.is_corrupt}
    for note, a, b in zip(notes(ours), rows(ours), rows(theirs), strict=True):
        if note.packet // gop not in mended:
            np.testing.assert_array_equal(a, b)
    assert one.errors == other.errors
    assert not at_work()
    return len(rows(ours))


def notes(parts: list[Downscaled]) -> list[FrameNote]:
    # The DTS counts only where a PTS is missing.
    return [replace(note, dts=None) for part in parts for note in part.notes]


def rows(parts: list[Downscaled]) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return [row for part in parts for row in part.rgb]


def at_work() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("decode")]


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize("name", CLOSED + LEANING)
def test_frames_are_those_of_one_decoder(clip: ClipPath, name: str, workers: int) -> None:
    data = clip(name).read_bytes()
    scan = Scan(data, workers)

    assert same(scan, Scan(data, 1)) > 30
    assert ("decode" in scan.threads) is (name in LEANING)


@pytest.mark.parametrize("place", range(4, 100, 9))
@pytest.mark.parametrize("name", ["mp4", "mp4-b-frames", "hevc"])
def test_a_damaged_video_is_decoded_as_by_one_decoder(
    clip: ClipPath, name: str, place: int
) -> None:
    data = bytearray(clip(name).read_bytes())
    start = data.index(b"mdat") + 4
    size = int.from_bytes(data[start - 8 : start - 4], "big")
    at = start + size * place // 100
    data[at : at + 30] = bytes(30)

    assert same(Scan(bytes(data), 2), Scan(bytes(data), 1)) > 0


@pytest.mark.parametrize("group", [1, 2, 3])
def test_a_group_whose_first_picture_is_gone_gives_what_one_decoder_makes_of_it(
    clip: ClipPath, group: int
) -> None:
    data = bytearray(clip("mp4-b-frames").read_bytes())
    demuxer = Demuxer(InputFile(cast("io.RawIOBase", io.BytesIO(bytes(data)))), "clip")
    first = [info for _, info in zip(demuxer.packets(), range(GOP * group + 1), strict=False)]
    assert len(first) == GOP * group + 1
    info = demuxer.index[GOP * group]
    assert info.pos is not None
    # Its length and its kind stay.
    data[info.pos + 5 : info.pos + info.size] = bytes(info.size - 5)

    ours, theirs = Scan(bytes(data), 2), Scan(bytes(data), 1)
    found = [note.packet for note in notes(list(ours.frames))]
    expected = [note.packet for note in notes(list(theirs.frames))]

    if GOP * group % LEAST_PACKETS:
        # Amid groups that are decoded together.
        assert found == expected
    else:
        # One decoder even loses the last frame before it, for the times that follow are in disorder.
        assert set(found) - set(expected) <= {GOP * group - 1}
        assert set(expected) <= set(found)
        assert found == sorted(found, key=lambda number: ours.demuxer.index[number].pts or 0)
    assert ours.errors == theirs.errors


@pytest.fixture(scope="module")
def long_groups(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    codec = "-c:v libx264 -preset ultrafast -g 40 -keyint_min 40 -sc_threshold 0 -bf 2 -qp 10"
    clip = Clip("a.mp4", codec, frames=200)
    return draw(clip, tmp_path_factory.mktemp("long")).read_bytes()


@pytest.mark.parametrize("place", range(4, 100, 9))
def test_frames_before_the_damage_come_once(long_groups: bytes, place: int) -> None:
    data = bytearray(long_groups)
    start = data.index(b"mdat") + 4
    at = start + int.from_bytes(data[start - 8 : start - 4], "big") * place // 100
    data[at : at + 30] = bytes(30)

    assert same(Scan(bytes(data), 2), Scan(bytes(data), 1), gop=40) > 180


def test_parameter_sets_that_are_said_once_on_the_way_are_heeded(tmp_path: Path) -> None:
    parts = []
    for name, way in (("one", "cabac=0"), ("two", "cabac=1:ref=3")):
        clip = CLIPS["raw-h264"]
        folder = tmp_path / name
        folder.mkdir()
        parts.append(draw(replace(clip, codec=f"{clip.codec} -x264-params {way}"), folder))
    both = tmp_path / "both.h264"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    joined = tmp_path / "both.mp4"
    ffmpeg("-r", "25", "-i", str(both), "-c", "copy", str(joined))
    data = joined.read_bytes()

    assert same(Scan(data, 2), Scan(data, 1)) > 90


def test_parameter_sets_of_the_first_packet_alone_reach_every_decoder(tmp_path: Path) -> None:
    raw = draw(replace(CLIPS["mp4"], file="a.h264"), tmp_path)
    units = re.split(rb"\x00?\x00\x00\x01", raw.read_bytes())[1:]
    # Sequence and picture parameter sets: kinds 7 and 8.
    said_once = units[:2] + [unit for unit in units[2:] if unit[0] & 31 not in {7, 8}]
    raw.write_bytes(b"".join(b"\0\0\0\1" + unit for unit in said_once))
    joined = tmp_path / "a.mp4"
    ffmpeg("-r", "25", "-i", str(raw), "-c", "copy", str(joined))
    data = bytearray(joined.read_bytes())
    header = data.index(b"avcC") + 4
    # As in an avc3 track: no sets here.
    data[header + 5 : header + 7] = b"\xe0\x00"
    assert len(rows(list(Scan(bytes(data), 1).frames))) == FRAMES
    start = data.index(b"mdat") + 4
    at = start + int.from_bytes(data[start - 8 : start - 4], "big") * 9 // 10
    data[at : at + 30] = bytes(30)

    assert same(Scan(bytes(data), 2), Scan(bytes(data), 1)) >= FRAMES - 3


def test_a_truncated_video_is_decoded_as_by_one_decoder(clip: ClipPath) -> None:
    data = clip("mp4-faststart-audio").read_bytes()

    assert same(Scan(data[: len(data) * 3 // 4], 2), Scan(data[: len(data) * 3 // 4], 1)) > 0


def test_several_groups_are_decoded_at_once_and_few_read_ahead(long_groups: bytes) -> None:
    scan = Scan(long_groups, 2)

    first = next(scan.frames)

    assert first.notes[0].packet == 0
    assert sorted(at_work()) == ["decode-gop_0", "decode-gop_1"]
    assert scan.read <= 3 * 40 + 1, "two groups that are being decoded, the next, and its end"
    scan.frames.close()  # type: ignore[attr-defined]
    assert not at_work()


def test_short_groups_are_decoded_together(tmp_path: Path) -> None:
    codec = "-c:v libx264 -preset ultrafast -g 1 -qp 10"
    data = draw(Clip("a.mp4", codec, frames=60), tmp_path).read_bytes()
    scan = Scan(data, 2)

    assert len(next(scan.frames).notes) == 12
    scan.frames.close()  # type: ignore[attr-defined]
    assert same(Scan(data, 2), Scan(data, 1)) == 60


def test_groups_that_lean_on_others_are_not_gathered(clip: ClipPath) -> None:
    scan = Scan(clip("mp4-open-gop").read_bytes(), 2)

    for part in scan.frames:
        if part.notes[-1].packet > LEAST_PACKETS:
            break

    assert at_work() == ["decode"]
    scan.frames.close()  # type: ignore[attr-defined]
    assert not at_work()


def test_a_source_that_fails_is_heard_and_the_threads_end(clip: ClipPath) -> None:
    scan = Scan(clip("mp4-b-frames").read_bytes(), 2)

    def failing() -> Iterator[tuple[int, Packet[VideoStream]]]:
        for number, packet in scan.demuxer.packets():
            if number == 20:
                raise OSError("the source is gone")
            yield number, packet

    scan.packets = failing()
    with pytest.raises(OSError, match="the source is gone"):
        list(scan.frames)
    assert not at_work()


def test_real_videos_go_side_by_side_by_themselves(tmp_path: Path) -> None:
    path = media("car-detection.mp4")
    found = []
    for threads in (2, 1):
        with path.open("rb", buffering=0) as file:
            decoder = open_video(file, path.name, threads=threads)
            chunks = decoder.scan(16)
            parts = [next(chunks)]
            names = at_work()
            parts += chunks
            found.append((names, np.concatenate([part.rgb for part in parts]), decoder.times()))
            decoder.close()

    (several, ours, times), (one, alone, expected) = found
    assert several == ["decode-gop_0", "decode-gop_1"]
    assert one == ["decode"]
    assert times == expected
    np.testing.assert_array_equal(ours, alone)
