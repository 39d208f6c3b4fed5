"""Each picture encoded where its pixels are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpu_service.device_errors import device_errors
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import AnyPicture, DevicePicture

if TYPE_CHECKING:
    from gpu_service.encode.nvjpeg import NvJpegEncoder


class JpegEncoderByPlace:
    """A :class:`~gpu_service.encode.base.JpegEncoder`; a run on a GPU has pictures in both places.

    :param on_host: for what the CPU decoded.
    :param on_device: for what NVDEC decoded; None to bring that to the host.
    """

    def __init__(self, on_host: CpuJpegEncoder, on_device: NvJpegEncoder | None) -> None:
        self._on_host = on_host
        self._on_device = on_device

    def encode(self, picture: AnyPicture) -> bytes:
        """The picture as a JPEG file.

        :raises InputError: ``picture_too_large`` where JPEG can't hold it.
        :raises TransientError: ``gpu_memory``: the GPU has no room.
        :raises InternalError: nvJPEG, or the GPU, has failed.
        """
        if isinstance(picture, DevicePicture):
            if self._on_device is not None:
                return self._on_device.encode(picture)
            with device_errors(f"{picture}: bringing it to the host"):
                picture = picture.on_host()
        return self._on_host.encode(picture)
