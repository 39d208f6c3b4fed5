"""Decoding on the CPU with PyAV."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator

import av.error
import numpy as np
from av.video.frame import PictureType, VideoFrame

from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu_pictures import CpuPictures
from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.downscale import downscaled
from gpu_service.decode.translate import translated
from gpu_service.decode.video import OpenedFile, StreamedVideo, open_file
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, DetectorFrames, UInt8Array


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
    return CpuDecoder(open_file(file, name, packets), threads=threads)


class CpuDecoder(StreamedVideo):
    """A :class:`~gpu_service.decode.base.VideoDecoder`; made by :func:`open_video`."""

    def __init__(self, opened: OpenedFile, *, threads: int) -> None:
        decoded = DecodedFrames()
        pictures = CpuPictures(
            opened.file, opened.demuxer, decoded, opened.cache, name=opened.name, threads=threads
        )
        codec = opened.demuxer.stream.codec_context.name
        super().__init__(opened, decoded, pictures, backend=f"pyav/{codec}")
        self._threads = threads

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

    def _scanned(self) -> Iterator[VideoFrame]:
        index = self._demuxer.index
        context = self._demuxer.stream.codec_context
        set_up(context, self._threads)
        clock = self._clock()
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
