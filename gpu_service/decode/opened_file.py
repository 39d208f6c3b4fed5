"""A file whose headers have been read."""

from __future__ import annotations

import io
from dataclasses import dataclass

from gpu_service.budget import ByteBudget
from gpu_service.decode.cache import PacketCache
from gpu_service.decode.damage import DamageCounts
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.extent import read_extent
from gpu_service.decode.input import InputFile


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file whose headers have been read, before a backend is chosen.

    :param cache: None where no packets are to be kept.
    """

    file: InputFile
    demuxer: Demuxer
    counts: DamageCounts
    cache: PacketCache | None
    name: str


def open_file(file: io.RawIOBase, name: str, packets: ByteBudget | None) -> OpenedFile:
    """Read the headers.

    :param file: seekable; stays open and belongs to the caller.
    :param name: the video, for messages.
    :param packets: bounds the packets that are kept during the scan; without it none are.
    :raises InputError: ``not_a_video``, ``no_video_stream``, ``unsupported``.
    """
    source = InputFile(file)
    end = read_extent(source).end
    source.raise_failure()
    counts = DamageCounts(missing_bytes=max(0, (end or 0) - source.size))
    cache = None if packets is None else PacketCache(packets)
    return OpenedFile(source, Demuxer(source, name), counts, cache, name)
