"""Packets as a hardware parser reads them: Annex B, with parameter sets wherever it begins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av.error
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

_FILTERS = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}
"""libav's; both pass on what is Annex B already. VP9 and AV1 need none."""

_START_CODE = b"\0\0\0\1"


class AnnexB:
    """Converts the packets of one stream."""

    def __init__(self, stream: VideoStream) -> None:
        codec = stream.codec_context.codec.canonical_name
        wanted = _FILTERS.get(codec)
        self._filter = None if wanted is None else BitStreamFilterContext(wanted, stream)
        self._sets = b"" if wanted is None else parameter_sets(stream, codec)
        self._restarted = True

    def restart(self) -> None:
        """The next packet comes after a seek: what it leans on is said again before it.

        libav's filter repeats the parameter sets before an IDR picture alone.
        """
        if self._filter is not None:
            self._filter.flush()
        self._restarted = True

    def convert(self, packet: Packet[VideoStream]) -> Iterator[Packet[Any]]:
        """The packet for the parser; ``packet`` itself stays as it is.

        Nothing where its units do not fit in it: such a packet gives no frame, on any decoder.
        """
        for part in self._filtered(packet):
            if self._restarted and self._sets:
                yield Packet(self._sets + bytes(part))
            else:
                yield part
            self._restarted = False

    def _filtered(self, packet: Packet[VideoStream]) -> list[Packet[Any]]:
        if self._filter is None:
            return [packet]
        # The filter empties what it is given, and the cache still holds this packet.
        copy: Packet[Any] = Packet(bytes(packet))
        if packet.has_sidedata("new_extradata"):
            copy.set_sidedata(packet.get_sidedata("new_extradata"))
        try:
            return [*self._filter.filter(copy)]
        except av.error.FFmpegError:
            self._filter.flush()
            return []


def parameter_sets(stream: VideoStream, codec: str) -> bytes:
    """A stream's parameter sets from its header, in Annex B; empty where it has none there.

    Layouts: ISO/IEC 14496-15, ``AVCDecoderConfigurationRecord`` and
    ``HEVCDecoderConfigurationRecord``.
    """
    data = bytes(stream.codec_context.extradata or b"")
    if data.startswith((_START_CODE, _START_CODE[1:])):
        return data
    units = _avc_units(data) if codec == "h264" else _hevc_units(data)
    return b"".join(_START_CODE + unit for unit in units)


def _avc_units(data: bytes) -> Iterator[bytes]:
    at = 5
    for mask in (0x1F, 0xFF):
        if at >= len(data):
            return
        count = data[at] & mask
        at += 1
        for _ in range(count):
            size = int.from_bytes(data[at : at + 2], "big")
            yield data[at + 2 : at + 2 + size]
            at += 2 + size


def _hevc_units(data: bytes) -> Iterator[bytes]:
    at = 23
    for _ in range(data[22] if len(data) > 22 else 0):
        count = int.from_bytes(data[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            size = int.from_bytes(data[at : at + 2], "big")
            yield data[at + 2 : at + 2 + size]
            at += 2 + size
