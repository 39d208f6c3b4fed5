"""One stretch of a stream through a lent decoder."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from gpu_service.decode.bitstream import AnnexB
from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.look import FirstLook
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.decode.seek import Packets


class Stretches:
    """Decodes stretches of one stream, one at a time.

    :param device: of the surfaces; see :class:`~gpu_service.decode.nvdec.stream.SurfaceStream`.
    """

    def __init__(
        self, pool: DecoderPool, kind: StreamKind, device: str, annexb: AnnexB, look: FirstLook
    ) -> None:
        self._pool = pool
        self._kind = kind
        self._device = device
        self._annexb = annexb
        self._look = look

    def decode(self, packets: Packets) -> Iterator[tuple[int, Surface]]:
        """From a place where decoding can begin; each surface with its packet's number.

        A surface is to be read before the next step; see
        :class:`~gpu_service.decode.nvdec.surface.Surface`.

        :raises InternalError: NVDEC failed.
        """
        with self._pool.lend(self._kind, self._device) as decoder:
            self._annexb.restart()
            for number, packet in packets:
                for part in self._annexb.convert(packet):
                    for of, samples in decoder.decode(part, number):
                        yield of, self._surface(decoder, samples)
            for of, samples in decoder.drain():
                yield of, self._surface(decoder, samples)

    def _surface(self, decoder: CoreDecoder, samples: Tensor) -> Surface:
        return Surface(samples, decoder.stream, self._kind, self._look.look)
