"""Decoding on the CPU with PyAV."""

from __future__ import annotations

import io
import threading
from bisect import bisect_right
from collections.abc import Generator, Iterator
from fractions import Fraction

import av.error
import numpy as np
from av.packet import Packet
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import NoPicture
from gpu_service.decode.cache import PacketCache
from gpu_service.decode.damage import DamageCounts
from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.downscale import downscaled
from gpu_service.decode.extent import read_extent
from gpu_service.decode.input import InputFile
from gpu_service.decode.opening import MAX_PIXELS
from gpu_service.decode.pictures import Pictures
from gpu_service.decode.times import FrameClock
from gpu_service.decode.translate import translated
from gpu_service.errors import InputError, InternalError
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, DetectorFrames, Picture, UInt8Array
from gpu_service.jobs import Damage
from gpu_service.timeline import FrameTimes, typical_duration


def open_video(
    file: io.RawIOBase, name: str, *, threads: int = 0, packets: ByteBudget | None = None
) -> CpuDecoder:
    """Open a video for decoding on the CPU.

    :param file: seekable; stays open and belongs to the caller.
    :param name: the video, for messages.
    :param threads: of the decoder; 0 for one a core.
    :param packets: bounds the packets that are kept during the scan; without it none are.
    :raises InputError: ``not_a_video``, ``no_video_stream``, ``unsupported``.
    """
    source = InputFile(file)
    end = read_extent(source).end
    source.raise_failure()
    counts = DamageCounts(missing_bytes=max(0, (end or 0) - source.size))
    cache = None if packets is None else PacketCache(packets)
    return CpuDecoder(source, Demuxer(source, name), counts, cache, name=name, threads=threads)


class CpuDecoder:
    """A :class:`~gpu_service.decode.base.VideoDecoder`; made by :func:`open_video`."""

    def __init__(
        self,
        file: InputFile,
        demuxer: Demuxer,
        counts: DamageCounts,
        cache: PacketCache | None,
        *,
        name: str,
        threads: int,
    ) -> None:
        self._file = file
        self._demuxer = demuxer
        self._counts = counts
        self._cache = cache
        self._name = name
        self._threads = threads
        self._decoded = DecodedFrames()
        self._pictures = Pictures(file, demuxer, self._decoded, cache, name=name, threads=threads)
        self._lost: set[int] = set()
        self._given = 0
        self._last_duration = 0
        self._times: FrameTimes | None = None
        self._closed = False
        self._scan: Generator[DetectorFrames] | None = None
        # Whoever closes waits for what another thread is at.
        self._scanning = threading.Lock()
        self._picturing = threading.Lock()
        self.backend = f"pyav/{demuxer.stream.codec_context.name}"
        self.time_base: Fraction = demuxer.time_base
        self.declared_frames = demuxer.declared_frames
        self.stream_index: int = demuxer.stream.index
        """Of the chosen stream in the file."""

    def scan(self, chunk_frames: int = 64) -> Iterator[DetectorFrames]:
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

    def picture(self, pts: int) -> Picture | NoPicture:
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

    def _chunks(self, chunk_frames: int) -> Generator[DetectorFrames]:
        rgb = np.empty((chunk_frames, DETECTOR_HEIGHT, DETECTOR_WIDTH, 3), np.uint8)
        filled = 0
        for frames in self._downscaled():
            while len(frames):
                taken = frames[: chunk_frames - filled]
                rgb[filled : filled + len(taken)] = taken
                filled += len(taken)
                frames = frames[len(taken) :]
                if filled == chunk_frames:
                    yield self._chunk(rgb)
                    rgb = np.empty_like(rgb)
                    filled = 0
        if filled:
            yield self._chunk(rgb[:filled])
        self._finish()

    def _downscaled(self) -> Iterator[UInt8Array]:
        try:
            yield from downscaled(self._scanned())
        except av.error.FFmpegError:
            pixels = self._demuxer.stream.codec_context.pix_fmt
            with translated(self._file, f"{self._name}: {pixels}", reason="unsupported"):
                raise

    def _packets(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        cache, index = self._cache, self._demuxer.index
        for number, packet in self._demuxer.packets():
            # Before it is decoded: a frame that has come out can be decoded again.
            if cache is not None:
                cache.keep(number, packet, keyframe=index.is_keyframe(number))
            yield number, packet

    def _scanned(self) -> Iterator[VideoFrame]:
        demuxer, index = self._demuxer, self._demuxer.index
        context = demuxer.stream.codec_context
        set_up(context, self._threads)
        rate = demuxer.stream.average_rate
        step = round(1 / (rate * self.time_base)) if rate else 1
        clock = FrameClock(self.time_base, step, discontinuous=demuxer.discontinuous)
        frames = decode_packets(context, self._packets(), on_error=self._count_undecodable)
        for packet, frame in frames:
            time = clock.stamp(index.pts(packet), frame.dts, frame.duration)
            # A container may flag the empty packet behind a packed keyframe, and a B-frame is
            # what comes out there.
            entry = index.is_keyframe(packet) and frame.pict_type != PictureType.B
            self._decoded.append(time, packet, entry=entry, corrupt=frame.is_corrupt)
            self._last_duration = frame.duration
            yield frame

    def _count_undecodable(self) -> None:
        self._counts.undecodable_packets += 1

    def _chunk(self, rgb: UInt8Array) -> DetectorFrames:
        start = self._given
        self._given += len(rgb)
        return DetectorFrames(rgb, np.array(self._decoded.pts[start : self._given], np.int64))

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
