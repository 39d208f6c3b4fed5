"""What every decoding backend shares: one video that is scanned once, while pictures are taken."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Generator, Iterator
from fractions import Fraction
from typing import Any, Generic, TypeVar

import numpy as np
from av.packet import Packet
from av.video.stream import VideoStream

from gpu_service.decode.base import NoPicture
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.opened_file import OpenedFile
from gpu_service.decode.opening import MAX_PIXELS
from gpu_service.decode.pictures import Pictures
from gpu_service.decode.times import FrameClock
from gpu_service.errors import InputError, InternalError
from gpu_service.frames import AnyPicture, DetectorFrames, DeviceDetectorFrames, Int64Array
from gpu_service.jobs import Damage
from gpu_service.timeline import FrameTimes, typical_duration

Frames = TypeVar("Frames", DetectorFrames, DeviceDetectorFrames)


class StreamedVideo(ABC, Generic[Frames]):
    """A :class:`~gpu_service.decode.base.VideoDecoder` without what decodes.

    A backend gives chunks of frames, in presentation order, and notes each frame before.

    :param decoded: empty; the scan fills it.
    :param pictures: of the same backend, around the same ``decoded``.
    :param backend: see :class:`~gpu_service.decode.base.VideoDecoder`.
    """

    def __init__(
        self,
        opened: OpenedFile,
        decoded: DecodedFrames,
        pictures: Pictures[Any],
        *,
        backend: str,
    ) -> None:
        self._file = opened.file
        self._demuxer = opened.demuxer
        self._counts = opened.counts
        self._cache = opened.cache
        self._name = opened.name
        self._decoded = decoded
        self._pictures = pictures
        self._lost: set[int] = set()
        self._given = 0
        self._last_duration = 0
        self._times: FrameTimes | None = None
        self._closed = False
        self._scan: Generator[Frames] | None = None
        # Whoever closes waits for what another thread is at.
        self._scanning = threading.Lock()
        self._picturing = threading.Lock()
        self.backend = backend
        self.time_base: Fraction = self._demuxer.time_base
        self.declared_frames = self._demuxer.declared_frames
        self.stream_index: int = self._demuxer.stream.index
        """Of the chosen stream in the file."""

    @abstractmethod
    def _chunks(self, chunk_frames: int) -> Generator[Frames]:
        """Decode :meth:`_packets` to the end, then :meth:`_finish`."""

    def scan(self, chunk_frames: int = 64) -> Iterator[Frames]:
        """See :class:`~gpu_service.decode.base.VideoDecoder`; once a decoder."""
        if len(self._demuxer.index):
            raise InternalError(f"{self._name}: scanned twice")
        chunks = self._scan = self._chunks(chunk_frames)
        while True:
            with self._scanning:
                self._raise_if_closed()
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk

    def times(self) -> FrameTimes:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        if self._times is None:
            raise InternalError(f"{self._name}: times before the scan has ended")
        return self._times

    def forget_before(self, pts: int) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        ordinal = bisect_right(self._decoded.pts, pts) - 1
        if ordinal >= 0:
            self._pictures.forget_before(ordinal)

    def picture(self, pts: int) -> AnyPicture | NoPicture:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        with self._picturing:
            self._raise_if_closed()
            picture = self._pictures.find(pts, scanned=self._times is not None)
        if picture is NoPicture.LOST:
            self._lost.add(pts)
            self._counts.lost_frames = len(self._lost)
        return picture

    @property
    def damage(self) -> Damage | None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        return self._counts.verdict()

    def stop(self) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        self._file.fail(InternalError(f"{self._name}: stopped"))

    def close(self) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        with self._scanning, self._picturing:
            self._closed = True
            if self._scan is not None:
                self._scan.close()
            self._pictures.close()
            self._demuxer.close()
            if self._cache is not None:
                self._cache.close()

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise InternalError(f"{self._name}: used after it was closed")

    def _packets(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        cache, index = self._cache, self._demuxer.index
        for number, packet in self._demuxer.packets():
            # Before it is decoded: a frame that has come out can be decoded again.
            if cache is not None:
                cache.keep(number, packet, keyframe=index.is_keyframe(number))
            yield number, packet

    def _clock(self) -> FrameClock:
        rate = self._demuxer.stream.average_rate
        step = round(1 / (rate * self.time_base)) if rate else 1
        return FrameClock(self.time_base, step, discontinuous=self._demuxer.discontinuous)

    def _next_pts(self, frames: int) -> Int64Array:
        """Of the next chunk, which is about to be given."""
        start = self._given
        self._given += frames
        return np.array(self._decoded.pts[start : self._given], np.int64)

    def _finish(self) -> None:
        self._counts.missing_packets = self._demuxer.missing_packets
        self._counts.container_errors = self._demuxer.errors
        self._counts.corrupt_packets = self._demuxer.corrupt_packets
        self._counts.corrupt_frames = len(self._decoded.corrupt)
        pts = self._decoded.pts
        if not pts and not self._demuxer.stream.codec_context.width:
            raise InputError(
                f"{self._name}: no picture size, or one of more than {MAX_PIXELS} pixels",
                reason="unsupported",
            )
        if not pts:
            raise InputError(f"{self._name}: no frame; {self._no_frame()}", reason="no_frames")
        last = self._last_duration if self._last_duration > 0 else typical_duration(pts)
        times = FrameTimes(tuple(pts), pts[-1] + last, self.time_base)
        declared = self._demuxer.declared_end_seconds or 0.0
        missing = round(declared - times.end_pts * float(self.time_base))
        self._counts.missing_seconds = max(0, missing)
        # Last, since it leaves the demuxer to the thread that makes pictures.
        self._times = times

    def _no_frame(self) -> str:
        packets = len(self._demuxer.index)
        if self._counts.missing_bytes:
            return f"cut short, {self._counts.missing_bytes} bytes are missing; upload it again"
        if packets:
            return f"none of its {packets} packets can be decoded"
        return "its video stream is empty, there is not one packet in it"
