"""A decoder that takes the time of an NVDEC engine, over the real demuxer and packet cache."""

from __future__ import annotations

import io
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from benchmarks.simulated.engines import Engines, sleep_until
from benchmarks.simulated.marks import marked_frames
from benchmarks.simulated.record import TimedFile, VideoRecord, noted
from benchmarks.simulated.redecode import Redecode
from benchmarks.simulated.reorder import Shown, in_order
from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture
from gpu_service.decode.cache import PacketCache
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.input import InputFile
from gpu_service.errors import InternalError
from gpu_service.frames import DetectorFrames, Picture, UInt8Array
from gpu_service.jobs import Damage
from gpu_service.timeline import FrameTimes, typical_duration

_CHUNKS_AHEAD = 1
"""Booked while the one before is handed on: an engine decodes while the host works."""


class SimulatedDecoder:
    """A :class:`~gpu_service.decode.base.VideoDecoder` whose frames say their numbers.

    Reads, demuxes, caches and orders for real; what is missing is the decoding, in place of which
    the scan waits until an engine would have done it, and a picture until its frames from the
    keyframe on would be there.

    :param engines: shared by all videos.
    :param frame_seconds: of one engine.
    :param picture: given for every frame, so that it costs nothing here.
    :raises InputError: as the demuxer.
    """

    def __init__(
        self,
        file: io.RawIOBase,
        name: str,
        *,
        packets: ByteBudget,
        engines: Engines,
        frame_seconds: float,
        picture: UInt8Array,
        record: VideoRecord,
    ) -> None:
        self._name = name
        self._file = InputFile(TimedFile(file, record.starved))
        self._demuxer = Demuxer(self._file, name)
        self._cache = PacketCache(packets)
        self._engines = engines
        self._frame_seconds = frame_seconds
        self._picture = picture
        self._record = record
        self._decoded = DecodedFrames()
        self._redecode = Redecode(self._decoded, self._cache.packets_from)
        self._reread = Redecode(self._decoded, self._demuxer.packets_from)
        self._times: FrameTimes | None = None
        self._stopped = threading.Event()
        self.backend = f"simulated/{self._demuxer.stream.codec_context.name}"
        self.time_base: Fraction = self._demuxer.time_base
        self.declared_frames = self._demuxer.declared_frames

    def scan(self, chunk_frames: int = 64) -> Iterator[DetectorFrames]:
        """See :class:`~gpu_service.decode.base.VideoDecoder`; once a decoder."""
        flying: deque[tuple[float, list[Shown]]] = deque()
        with noted(self._record.scan):
            for frames in _chunks(in_order(self._packets()), chunk_frames):
                now, end = time.perf_counter(), self._book("scan", len(frames))
                self._record.fed.append((now, end))
                flying.append((end, frames))
                if len(flying) > _CHUNKS_AHEAD:
                    yield self._landed(*flying.popleft())
            while flying:
                yield self._landed(*flying.popleft())
        pts = self._decoded.pts
        end = pts[-1] + typical_duration(pts) if pts else 0
        self._times = FrameTimes(tuple(pts), end, self.time_base)

    def forget_before(self, pts: int) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        ordinal = bisect_right(self._decoded.pts, pts) - 1
        if ordinal >= 0:
            self._cache.forget_before(self._decoded.entries_before(ordinal)[0])

    def picture(self, pts: int) -> Picture | NoPicture:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        ordinal = self._decoded.ordinal_at(pts)
        frames = self._redecode.frames_to(ordinal)
        if frames is None and self._times is None:
            return NoPicture.LATER
        if frames is None:
            frames = self._reread.frames_to(ordinal)
        if frames is None:
            return NoPicture.LOST
        self._wait(self._book("picture", frames))
        return Picture(self._picture, pts)

    def times(self) -> FrameTimes:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        if self._times is None:
            raise InternalError(f"{self._name}: times before the scan has ended")
        return self._times

    @property
    def damage(self) -> Damage | None:
        """None: nothing is decoded that could be broken."""
        return None

    def stop(self) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        self._file.fail(InternalError(f"{self._name}: stopped"))
        self._stopped.set()

    def close(self) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        self._demuxer.close()
        self._cache.close()

    def _packets(self) -> Iterator[Shown]:
        index = self._demuxer.index
        for number, packet in self._demuxer.packets():
            keyframe = index.is_keyframe(number)
            self._cache.keep(number, packet, keyframe=keyframe)
            pts = index.pts(number)
            if pts is None:
                raise InternalError(f"{self._name}: packet {number} has no PTS to simulate with")
            yield Shown(pts, number, keyframe)

    def _book(self, purpose: str, frames: int) -> float:
        _, end = self._engines.book((self._name, purpose), frames * self._frame_seconds)
        return end

    def _wait(self, end: float) -> None:
        sleep_until(end, self._stopped)
        self._file.raise_failure()

    def _landed(self, end: float, frames: list[Shown]) -> DetectorFrames:
        self._wait(end)
        first = len(self._decoded)
        for pts, packet, keyframe in frames:
            self._decoded.append(pts, packet, entry=keyframe, corrupt=False)
        times = np.array([frame.pts for frame in frames], np.int64)
        return DetectorFrames(marked_frames(first, len(frames)), times)


def _chunks(frames: Iterator[Shown], size: int) -> Iterator[list[Shown]]:
    chunk: list[Shown] = []
    for frame in frames:
        chunk.append(frame)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
