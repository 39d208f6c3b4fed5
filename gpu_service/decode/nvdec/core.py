"""PyNvVideoCodec's core decoder: packets in, surfaces out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from av.packet import Packet
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from gpu_service.decode.nvdec.library import library
from gpu_service.decode.nvdec.stream import SurfaceStream
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.decode.nvdec.turn import TURN
from gpu_service.errors import InternalError

_LARGEST_BLOCK = 64
"""A picture's coded size is at most its size rounded up to this."""


class CoreDecoder:
    """One NVDEC session; one thread at a time.

    Surfaces that :meth:`decode` and :meth:`drain` give are overwritten by the next call of either,
    and freed with the decoder. Read them on :attr:`stream` before that. What NVDEC could not decode
    PyNvVideoCodec prints on the process's stdout, and says nowhere else: whoever feeds it compares
    what came out with what went in.

    :param kind: of the streams that it will be given, whose capability has been checked.
    :param device: of the surfaces; see :class:`~gpu_service.decode.nvdec.stream.SurfaceStream`.
    """

    def __init__(self, kind: StreamKind, device: str) -> None:
        self.kind = kind
        self.stream = SurfaceStream(device)
        self._clean = True
        self._nvc = library()
        # Before the decoder, so that they go first.
        self._views: dict[tuple[int, tuple[int, ...]], Tensor] = {}
        """Of its few buffers, by address and shape: to export one takes as long as to copy it."""
        self._decoder: Any = None
        self._size: tuple[int, int] | None = None

    @property
    def is_as_declared(self) -> bool:
        """Whether its surfaces, if there were any, had the size of its kind.

        One that began with another keeps to that, and scales whatever comes later.
        """
        if self._size is None:
            return True
        height, width = self._size
        return surface_has(self.kind.width, width) and surface_has(self.kind.height, height)

    def decode(self, packet: Packet[Any], timestamp: int) -> list[tuple[int, Tensor]]:
        """Feed one packet; the surfaces that are ready, in presentation order.

        :param packet: for the parser; see :class:`~gpu_service.decode.bitstream.AnnexB`.
        :param timestamp: comes back with a surface, whose
            :class:`~gpu_service.decode.nvdec.timestamps.Timestamps` says.
        :returns: ``(timestamp, samples)``; see :class:`~gpu_service.decode.nvdec.surface.Surface`.
        :raises InternalError: it can't be made, or has failed and is of no more use.
        """
        self._clean = False
        data = self._nvc.PacketData()
        # The address is good for as long as ``packet`` lives, which is longer than this call.
        data.bsl_data, data.bsl, data.pts = packet.buffer_ptr, packet.size, timestamp
        # Not before: one that is destroyed without having been fed frees what it never allocated.
        if self._decoder is None:
            with self._translated("making a decoder"):
                self._decoder = self._made()
        with self._translated("a packet"):
            return self._surfaces(data)

    def drain(self) -> list[tuple[int, Tensor]]:
        """The surfaces that were held back; after this another stretch or video may begin.

        :raises InternalError: as :meth:`decode`.
        """
        if self._clean:
            return []
        with self._translated("the end"):
            surfaces = self._surfaces(self._nvc.PacketData())
        self._clean = True
        return surfaces

    def _made(self) -> Any:
        nvc = self._nvc
        return nvc.CreateDecoder(
            gpuid=self.stream.device.index or 0,
            codec=getattr(nvc.cudaVideoCodec, self.kind.codec),
            cudacontext=0,
            cudastream=self.stream.handle,
            usedevicememory=self.stream.device.type == "cuda",
            maxwidth=_rounded_up(self.kind.width),
            maxheight=_rounded_up(self.kind.height),
            outputColorType=nvc.OutputColorType.NATIVE,
        )

    def _surfaces(self, data: Any) -> list[tuple[int, Tensor]]:
        with TURN.released():
            frames = self._decoder.Decode(data)
        surfaces = [(int(frame.getPTS()), self._view(frame)) for frame in frames]
        for _, samples in surfaces:
            self._check_size(samples)
        return surfaces

    def _view(self, frame: Any) -> Tensor:
        buffer = (frame.GetPtrToPlane(0), tuple(frame.shape))
        view = self._views.get(buffer)
        if view is None:
            # Of this stream, not torch's current one; host memory has none.
            stream = {"stream": self.stream.handle} if self.stream.handle else {}
            self._views[buffer] = view = from_dlpack(frame.__dlpack__(**stream))
        return view

    def _check_size(self, samples: Tensor) -> None:
        """PyNvVideoCodec may cut surfaces of another size out of those of the first."""
        size = (samples.shape[0] * 2 // 3, samples.shape[1])
        if self._size is None:
            self._size = size
        if size != self._size:
            raise ValueError("pictures of another size on the way; analyze it with --device cpu")

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        # PyNvVideoCodec's exceptions have no base of their own, and it raises RuntimeError too.
        except Exception as error:
            words = " ".join(str(error).split())
            raise InternalError(f"NVDEC, {self.kind}, {what}: {words}", reason="nvdec") from error


def surface_has(declared: int, surface: int) -> bool:
    """Whether a surface's side is what a header declares, rounded up to whole pairs."""
    return surface - declared in (0, 1)


def _rounded_up(size: int) -> int:
    return -(-size // _LARGEST_BLOCK) * _LARGEST_BLOCK
