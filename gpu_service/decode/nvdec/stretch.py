"""One stretch of a stream through a lent decoder."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from gpu_service.decode.bitstream import AnnexB
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.look import FirstLook
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.decode.nvdec.timestamps import Timestamps
from gpu_service.decode.seek import Packets
from gpu_service.errors import InternalError


class Stretches:
    """Decodes stretches of one stream, one at a time.

    :param demuxer: of the stream; its index has the packets that are to be decoded.
    :param device: of the surfaces; see :class:`~gpu_service.decode.nvdec.stream.SurfaceStream`.
    """

    def __init__(
        self,
        demuxer: Demuxer,
        pool: DecoderPool,
        kind: StreamKind,
        device: str,
        look: FirstLook,
    ) -> None:
        self._index = demuxer.index
        self._time_base = demuxer.time_base
        self._is_reordered = demuxer.stream.codec_context.reorder_depth > 0
        self._annexb = AnnexB(demuxer.stream)
        self._pool = pool
        self._kind = kind
        self._device = device
        self._look = look

    def decode(self, packets: Packets) -> Iterator[tuple[int, Surface]]:
        """From a place where decoding can begin; each surface with its packet's number.

        A surface is to be read before the next step; see
        :class:`~gpu_service.decode.nvdec.surface.Surface`.

        :raises InternalError: NVDEC failed, or frames can't be told apart.
        """
        timestamps = Timestamps(self._time_base, reordered=self._is_reordered)
        with self._pool.lend(self._kind, self._device) as decoder:
            self._annexb.restart()
            for number, packet in packets:
                keyframe = self._index.is_keyframe(number)
                timestamp = timestamps.give(number, self._index.pts(number), keyframe=keyframe)
                for part in self._annexb.convert(packet):
                    for found, samples in decoder.decode(part, timestamp):
                        yield self._known(timestamps.take(found)), self._surface(decoder, samples)
            for found, samples in decoder.drain():
                yield self._known(timestamps.take(found)), self._surface(decoder, samples)

    def _known(self, number: int | None) -> int:
        if number is None:
            raise InternalError(f"NVDEC, {self._kind}: a frame that was not due", reason="nvdec")
        return number

    def _surface(self, decoder: CoreDecoder, samples: Tensor) -> Surface:
        return Surface(samples, decoder.stream, self._kind, self._look.look)
