"""Exact pictures decoded by NVDEC."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gpu_service.decode.decoded import DecodedFrames
from gpu_service.decode.nvdec.stretch import Stretches
from gpu_service.decode.nvdec.surface import Surface
from gpu_service.decode.opened_file import OpenedFile
from gpu_service.decode.pictures import Pictures
from gpu_service.decode.seek import Decode, Packets
from gpu_service.device_errors import device_errors
from gpu_service.frames import DevicePicture


class NvdecPictures(Pictures[Surface]):
    """With a lent decoder, given back when it is to begin elsewhere.

    :param stretches: of its own, not the scan's.
    """

    def __init__(self, opened: OpenedFile, decoded: DecodedFrames, stretches: Stretches) -> None:
        super().__init__(opened, decoded)
        self._stretches = stretches

    def _decodes_reread(self) -> Decode[Surface]:
        return self._decode

    def _decodes_cached(self) -> Decode[Surface]:
        return self._decode

    def _decode(self, packets: Packets, wanted: Callable[[], int]) -> Iterator[tuple[int, Surface]]:
        """Nothing is left out on the way, as NVDEC can't."""
        return self._stretches.decode(packets)

    def _picture(self, frame: Surface, pts: int) -> DevicePicture:
        with device_errors(f"{self._name}: a picture"):
            with frame.stream.current():
                rgb = frame.upright(self._square_width(frame.width)).contiguous()
            frame.stream.wait()
        return DevicePicture(rgb, pts)
