"""The one demuxer that every decoding backend shares: packets in order, numbered and indexed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain

import av
import av.error
import av.logging
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard
from av.video.stream import VideoStream

from gpu_service.decode.index import PacketIndex, PacketInfo
from gpu_service.decode.input import InputFile
from gpu_service.decode.landing import landings
from gpu_service.decode.opening import open_container, video_stream

_CLOCK_MAY_BE_RESET = 0x0200
"""libav's AVFMT_TS_DISCONT, in a format's flags."""

_NO_TIMESTAMPS = 0x0080
"""libav's AVFMT_NOTIMESTAMPS."""

_CLOCK_TIME = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_MAX_ERRORS_IN_A_ROW = 64
_MAX_UNKNOWN_PACKETS = 64

# libav's words reach people through our errors alone, never through stderr.
av.logging.set_level(None)


class Demuxer:
    """One video stream of one file.

    Read it once with :meth:`packets`, which fills :attr:`index`; after that :meth:`packets_from`
    begins at any packet.

    :param name: the video, for messages.
    :raises InputError: ``not_a_video``, ``no_video_stream``, ``unsupported``.
    """

    def __init__(self, file: InputFile, name: str) -> None:
        self.index = PacketIndex()
        self.errors = 0
        """Places where the container itself could not be read on."""
        self.corrupt_packets = 0
        self._file = file
        self._name = name
        self._open()

    def _open(self) -> None:
        self._container: InputContainer = open_container(self._file, self._name)
        self.stream: VideoStream = video_stream(self._container, self._name)
        """The chosen stream, of PyAV; replaced when the file has to be opened again."""
        for other in self._container.streams:
            if other is not self.stream:
                other.discard = Discard.all

    @property
    def time_base(self) -> Fraction:
        """Seconds a tick, of every PTS and DTS here."""
        return self.stream.time_base or Fraction(1, 1000)

    @property
    def declared_frames(self) -> int | None:
        """From the header, where it says."""
        return self.stream.frames or None

    @property
    def sample_aspect_ratio(self) -> Fraction | None:
        """Width to height of a pixel as shown, where anything says."""
        return self.stream.sample_aspect_ratio

    @property
    def discontinuous(self) -> bool:
        """Whether the container's clock may be reset on the way, as in MPEG-TS."""
        return bool(self._container.format.flags & _CLOCK_MAY_BE_RESET)

    @property
    def has_presentation_times(self) -> bool:
        """Whether such a container says of every packet when it is shown.

        libav makes AVI's PTS up, and MPEG's program streams have some.
        """
        container = self._container.format
        return not container.flags & _NO_TIMESTAMPS and container.name not in ("avi", "mpeg")

    @property
    def declared_end_seconds(self) -> float | None:
        """When the stream should end by a Matroska header, which counts no packets."""
        if "matroska" not in self._container.format.name:
            return None
        match = _CLOCK_TIME.fullmatch(self.stream.metadata.get("DURATION", ""))
        if match is not None:
            hours, minutes, seconds = map(float, match.groups())
            return hours * 3600 + minutes * 60 + seconds
        alone = len(self._container.streams) == 1
        ticks = self._container.duration
        return ticks / av.time_base if alone and ticks else None

    @property
    def missing_packets(self) -> int:
        """Once read to the end: packets of the sample table that lie past the file's end."""
        if "mov" not in self._container.format.name:
            return 0
        table = self.stream.index_entries
        if len(table) <= len(self.index):
            return 0
        # An empty sample says "the frame before, for longer", and is no packet.
        return max(0, sum(entry.size > 0 for entry in table) - len(self.index))

    def packets(self) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """Every packet in file order with its number, once; fills the index."""
        for packet in self._read():
            self.corrupt_packets += packet.is_corrupt
            yield self.index.append(_info(packet)), packet

    def packets_from(self, number: int) -> Iterator[tuple[int, Packet[VideoStream]]]:
        """The packets from ``number`` on, after the whole file has been read once.

        The place is verified against the index, never trusted to a seek. None at all come when a
        damaged file does not give that packet a second time.
        """
        for seek in landings(self._container, self.stream, self.index, number):
            try:
                seek()
            except av.error.FFmpegError:
                # A container without a table to seek in; the next way is tried.
                self._file.raise_failure()
                continue
            found = self._arrive(number)
            if found is not None:
                yield from found
                return
        self._container.close()
        self._open()
        found = self._arrive(number)
        if found is not None:
            yield from found

    def close(self) -> None:
        """Free what libav holds; the file stays open."""
        self._container.close()

    def _arrive(self, number: int) -> Iterator[tuple[int, Packet[VideoStream]]] | None:
        """Read on from the present place up to ``number``; None when it lies behind us."""
        packets = self._read()
        at: int | None = None
        unknown = 0
        for packet in packets:
            at = self._number(packet, at)
            unknown += at is None
            if unknown > _MAX_UNKNOWN_PACKETS or (at is not None and at > number):
                return None
            if at == number:
                return chain([(number, packet)], self._follow(packets, number))
        return None

    def _follow(
        self, packets: Iterator[Packet[VideoStream]], at: int
    ) -> Iterator[tuple[int, Packet[VideoStream]]]:
        last: int | None = at
        for packet in packets:
            last = self._number(packet, last)
            if last is not None:
                yield last, packet

    def _number(self, packet: Packet[VideoStream], previous: int | None) -> int | None:
        info = _info(packet)
        if previous is not None and self.index.matches(previous + 1, info):
            return previous + 1
        return self.index.find(info)

    def _read(self) -> Iterator[Packet[VideoStream]]:
        in_a_row = 0
        while in_a_row <= _MAX_ERRORS_IN_A_ROW:
            try:
                for packet in self._container.demux(self.stream):
                    self._file.raise_failure()
                    # An empty packet would tell the decoder that the stream has ended.
                    if packet.size:
                        in_a_row = 0
                        yield packet
                self._file.raise_failure()
                return
            except av.error.FFmpegError:
                self._file.raise_failure()
                self.errors += 1
                in_a_row += 1
            except IndexError:
                # Behind the last packet PyAV may stumble over streams that appeared on the way, as
                # MPEG-TS allows.
                self._file.raise_failure()
                return


def _info(packet: Packet[VideoStream]) -> PacketInfo:
    return PacketInfo(packet.pts, packet.dts, packet.pos, packet.size, packet.is_keyframe)
