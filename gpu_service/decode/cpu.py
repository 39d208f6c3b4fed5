"""Decoding on the CPU with PyAV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame

from gpu_service.decode.damage import DamageCounts
from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.extent import read_extent
from gpu_service.decode.input import InputFile
from gpu_service.decode.opening import MAX_PIXELS
from gpu_service.decode.orient import display_matrix, turn
from gpu_service.decode.scale import Scaler
from gpu_service.decode.seek import FrameSeeker
from gpu_service.decode.times import FrameClock
from gpu_service.decode.translate import translated
from gpu_service.errors import InputError, InternalError
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, DetectorFrames, Picture, UInt8Array
from gpu_service.jobs import Damage
from gpu_service.timeline import FrameTimes, typical_duration

_WIDEST_PIXEL = 10
"""A pixel more oblong than this is a broken header, and is taken as square."""

_MAX_SIDE = 65_500
"""What libjpeg holds."""


def open_video(file: io.RawIOBase, name: str, *, threads: int = 0) -> CpuDecoder:
    """Open a video for decoding on the CPU.

    :param file: seekable; stays open and belongs to the caller.
    :param name: the video, for messages.
    :param threads: of the decoder; 0 for one a core.
    :raises InputError: ``not_a_video``, ``no_video_stream``, ``unsupported``.
    """
    source = InputFile(file)
    end = read_extent(source).end
    source.raise_failure()
    counts = DamageCounts(missing_bytes=max(0, (end or 0) - source.size))
    return CpuDecoder(source, Demuxer(source, name), counts, name=name, threads=threads)


class CpuDecoder:
    """A :class:`~gpu_service.decode.base.VideoDecoder`; made by :func:`open_video`."""

    def __init__(
        self, file: InputFile, demuxer: Demuxer, counts: DamageCounts, *, name: str, threads: int
    ) -> None:
        self._file = file
        self._demuxer = demuxer
        self._counts = counts
        self._name = name
        self._threads = threads
        self._decoded = DecodedFrames()
        self._last_duration = 0
        self._times: FrameTimes | None = None
        self.backend = f"pyav/{demuxer.stream.codec_context.name}"
        self.time_base: Fraction = demuxer.time_base
        self.declared_frames = demuxer.declared_frames
        self.stream_index: int = demuxer.stream.index
        """Of the chosen stream in the file."""

    def scan(self, chunk_frames: int = 64) -> Iterator[DetectorFrames]:
        """See :class:`~gpu_service.decode.base.VideoDecoder`; once a decoder."""
        if len(self._demuxer.index):
            raise InternalError(f"{self._name}: scanned twice")
        scaler = Scaler()
        rgb = np.empty((chunk_frames, DETECTOR_HEIGHT, DETECTOR_WIDTH, 3), np.uint8)
        filled = 0
        for frame in self._scanned():
            with translated(self._file, f"{self._name}: {frame.format.name}", reason="unsupported"):
                rgb[filled] = scaler.rgb(frame, DETECTOR_WIDTH, DETECTOR_HEIGHT)
            filled += 1
            if filled == chunk_frames:
                yield self._chunk(rgb)
                rgb = np.empty_like(rgb)
                filled = 0
        if filled:
            yield self._chunk(rgb[:filled])
        self._finish()

    def times(self) -> FrameTimes:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        if self._times is None:
            raise InternalError(f"{self._name}: times before the scan has ended")
        return self._times

    def pictures(self, pts: Iterable[int]) -> Iterator[Picture]:
        """See :class:`~gpu_service.decode.base.VideoDecoder`; a PTS given twice comes once.

        :raises ValueError: for a PTS that no frame of the scan has.
        """
        wanted = sorted(set(pts))
        ordinals = [self._decoded.ordinal_at(value) for value in wanted]
        seeker = FrameSeeker(self._demuxer, self._decoded, threads=self._threads)
        scaler = Scaler()
        for value, frame in zip(wanted, seeker.frames(ordinals), strict=True):
            if frame is None:
                self._counts.lost_frames += 1
            else:
                yield self._picture(scaler, frame, value)

    @property
    def damage(self) -> Damage | None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        return self._counts.verdict()

    def close(self) -> None:
        """See :class:`~gpu_service.decode.base.VideoDecoder`."""
        self._demuxer.close()

    def _scanned(self) -> Iterator[VideoFrame]:
        demuxer, index = self._demuxer, self._demuxer.index
        context = demuxer.stream.codec_context
        set_up(context, self._threads)
        rate = demuxer.stream.average_rate
        step = round(1 / (rate * self.time_base)) if rate else 1
        clock = FrameClock(self.time_base, step, discontinuous=demuxer.discontinuous)
        frames = decode_packets(context, demuxer.packets(), on_error=self._count_undecodable)
        for packet, frame in frames:
            time = clock.stamp(index.pts(packet), frame.dts, frame.duration)
            self._decoded.append(
                time, packet, entry=index[packet].keyframe, corrupt=frame.is_corrupt
            )
            self._last_duration = frame.duration
            yield frame

    def _count_undecodable(self) -> None:
        self._counts.undecodable_packets += 1

    def _chunk(self, rgb: UInt8Array) -> DetectorFrames:
        return DetectorFrames(rgb, np.array(self._decoded.pts[-len(rgb) :], np.int64))

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
        self._times = FrameTimes(tuple(pts), pts[-1] + last, self.time_base)
        declared = self._demuxer.declared_end_seconds or 0.0
        self._counts.missing_seconds = max(
            0, round(declared - self._times.end_pts * float(self.time_base))
        )

    def _no_frame(self) -> str:
        packets = len(self._demuxer.index)
        if self._counts.missing_bytes:
            return f"cut short, {self._counts.missing_bytes} bytes are missing; upload it again"
        if packets:
            return f"none of its {packets} packets can be decoded"
        return "its video stream is empty, there is not one packet in it"

    def _picture(self, scaler: Scaler, frame: VideoFrame, pts: int) -> Picture:
        ratio = self._demuxer.sample_aspect_ratio or Fraction(1)
        if not Fraction(1, _WIDEST_PIXEL) <= ratio <= _WIDEST_PIXEL:
            ratio = Fraction(1)
        width = min(_MAX_SIDE, max(1, round(frame.width * ratio)))
        with translated(self._file, f"{self._name}: {frame.format.name}", reason="unsupported"):
            rgb = scaler.rgb(frame, width, frame.height)
        return Picture(turn(rgb, display_matrix(frame)), pts)
