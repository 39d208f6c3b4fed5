"""Decoding on the CPU with PyAV."""

from __future__ import annotations

import io
import os
from collections.abc import Generator, Iterator
from functools import partial

import av.error
import numpy as np

from gpu_service.budget import ByteBudget
from gpu_service.decode.closed_gops import closed_gops
from gpu_service.decode.cpu_pictures import CpuPictures
from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.downscale import Downscaled, FrameNote
from gpu_service.decode.one_decoder import downscaled
from gpu_service.decode.opened_file import OpenedFile, open_file
from gpu_service.decode.side_by_side import SideBySide
from gpu_service.decode.times import FrameClock
from gpu_service.decode.translate import translated
from gpu_service.decode.video import StreamedVideo
from gpu_service.frames import DETECTOR_HEIGHT, DETECTOR_WIDTH, DetectorFrames


def open_video(
    file: io.RawIOBase, name: str, *, threads: int = 0, packets: ByteBudget | None = None
) -> CpuDecoder:
    """Open a video for decoding on the CPU.

    :param file: seekable; stays open and belongs to the caller.
    :param name: the video, for messages.
    :param threads: that decode, groups of pictures side by side or one together; 0 for one a core.
    :param packets: bounds the packets that are kept during the scan; without it none are.
    :raises InputError: ``not_a_video``, ``no_video_stream``, ``unsupported``.
    """
    return CpuDecoder(open_file(file, name, packets), threads=threads)


class CpuDecoder(StreamedVideo[DetectorFrames]):
    """A :class:`~gpu_service.decode.base.VideoDecoder`; made by :func:`open_video`."""

    def __init__(self, opened: OpenedFile, *, threads: int) -> None:
        decoded = DecodedFrames()
        pictures = CpuPictures(opened, decoded, threads=threads)
        codec = opened.demuxer.stream.codec_context.name
        super().__init__(opened, decoded, pictures, backend=f"pyav/{codec}")
        self._threads = threads

    def _chunks(self, chunk_frames: int) -> Generator[DetectorFrames]:
        clock = self._clock()
        rgb = np.empty((chunk_frames, DETECTOR_HEIGHT, DETECTOR_WIDTH, 3), np.uint8)
        filled = 0
        for scaled in self._downscaled():
            for note in scaled.notes:
                self._note(note, clock)
            frames = scaled.rgb
            while len(frames):
                taken = frames[: chunk_frames - filled]
                rgb[filled : filled + len(taken)] = taken
                filled += len(taken)
                frames = frames[len(taken) :]
                if filled == chunk_frames:
                    yield DetectorFrames(rgb, self._next_pts(filled))
                    rgb = np.empty_like(rgb)
                    filled = 0
        if filled:
            yield DetectorFrames(rgb[:filled], self._next_pts(filled))
        self._finish()

    def _downscaled(self) -> Generator[Downscaled]:
        try:
            yield from self._scanned()
        except av.error.FFmpegError:
            pixels = self._demuxer.stream.codec_context.pix_fmt
            with translated(self._file, f"{self._name}: {pixels}", reason="unsupported"):
                raise

    def _scanned(self) -> Iterator[Downscaled]:
        stream = self._demuxer.stream
        gops = closed_gops(stream, self._threads or len(os.sched_getaffinity(0)))
        if gops is not None:
            scan = SideBySide(stream, gops, self._demuxer.index, threads=self._threads)
            return scan.frames(self._packets(), on_error=self._count_undecodable)
        set_up(stream.codec_context, self._threads)
        decode = partial(decode_packets, stream.codec_context, on_error=self._count_undecodable)
        return downscaled(self._packets(), decode)

    def _note(self, note: FrameNote, clock: FrameClock) -> None:
        index = self._demuxer.index
        time = clock.stamp(index.pts(note.packet), note.dts, note.duration)
        # A container may flag the empty packet behind a packed keyframe, and a B-frame is what
        # comes out there.
        entry = index.is_keyframe(note.packet) and not note.is_b
        self._decoded.append(time, note.packet, entry=entry, corrupt=note.is_corrupt)
        self._last_duration = note.duration

    def _count_undecodable(self) -> None:
        self._counts.undecodable_packets += 1
