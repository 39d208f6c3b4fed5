"""Single frames of a video that was scanned before, found again exactly."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.decode import decode_packets, set_up
from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.demux import Demuxer

_SHORT_HOP_PACKETS = 8
"""A keyframe this near is reached sooner by decoding on than by a seek."""


class _Run:
    """One stretch of decoding, from a keyframe on."""

    def __init__(self, demuxer: Demuxer, start: int, threads: int, depth: int) -> None:
        self._demuxer = demuxer
        self.fed = start
        packets = self._counted(demuxer.packets_from(start))
        self._frames = self._decoded(packets, threads, depth)

    def __iter__(self) -> Iterator[tuple[int, VideoFrame]]:
        return self._frames

    def _counted(
        self, packets: Iterator[tuple[int, Packet[VideoStream]]]
    ) -> Iterator[tuple[int, Packet[VideoStream]]]:
        for number, packet in packets:
            self.fed = number
            yield number, packet

    def _decoded(
        self, packets: Iterator[tuple[int, Packet[VideoStream]]], threads: int, depth: int
    ) -> Iterator[tuple[int, VideoFrame]]:
        # The first packet settles which container, and so which decoder, is in use.
        first = next(packets, None)
        if first is None:
            return
        context = self._demuxer.stream.codec_context
        set_up(context, threads)
        context.flush_buffers()
        # A flush may forget how far pictures are reordered, and the first ones would be lost.
        context.reorder_depth = max(depth, context.reorder_depth)
        yield from decode_packets(context, chain((first,), packets), on_error=_ignore)


def _ignore() -> None:
    """The scan has counted this packet already."""


class FrameSeeker:
    """Seeks to the keyframe before a frame, decodes up to it, and knows it by its packet."""

    def __init__(self, demuxer: Demuxer, decoded: DecodedFrames, *, threads: int) -> None:
        self._demuxer = demuxer
        self._decoded = decoded
        self._threads = threads
        self._depth = demuxer.stream.codec_context.reorder_depth
        self._by_packet: array[int] = decoded.ordinals_by_packet(len(demuxer.index))
        self._several = decoded.several_of_packet()
        self._run: _Run | None = None
        self._come: dict[int, int] = {}

    def frames(self, ordinals: Iterable[int]) -> Iterator[VideoFrame | None]:
        """The frames with these ordinals, which must increase; None for one that does not come."""
        for ordinal in ordinals:
            yield self._frame(ordinal)

    def _frame(self, ordinal: int) -> VideoFrame | None:
        entries = self._decoded.entries_before(ordinal)
        if self._run is not None and entries[0] <= self._run.fed + _SHORT_HOP_PACKETS:
            frame = self._advance(ordinal)
            if frame is not None and not self._is_spoilt(frame, ordinal):
                return frame
        spoilt: VideoFrame | None = None
        for entry in entries:
            self._run = _Run(self._demuxer, entry, self._threads, self._depth)
            self._come.clear()
            frame = self._advance(ordinal)
            if frame is not None and not self._is_spoilt(frame, ordinal):
                return frame
            spoilt = frame or spoilt
        return spoilt

    def _is_spoilt(self, frame: VideoFrame, ordinal: int) -> bool:
        """Damaged this time only: how a decoder mends depends on what it had decoded before."""
        return frame.is_corrupt and ordinal not in self._decoded.corrupt

    def _advance(self, ordinal: int) -> VideoFrame | None:
        """Decode on up to the frame; None when it was missed."""
        for packet, frame in self._run or ():
            found = self._ordinal(packet)
            if found == ordinal:
                return frame
            if found > ordinal:
                break
        self._run = None
        return None

    def _ordinal(self, packet: int) -> int:
        """Which frame of the scan this is; -1 for one that the scan did not have."""
        several = self._several.get(packet)
        if several is None:
            return self._by_packet[packet]
        come = self._come.get(packet, 0)
        self._come[packet] = come + 1
        return several[min(come, len(several) - 1)]
