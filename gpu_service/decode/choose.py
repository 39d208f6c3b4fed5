"""The decoder for a video: NVDEC where it can, and where it must."""

from __future__ import annotations

import io
import logging

from gpu_service.budget import ByteBudget
from gpu_service.decode.base import VideoDecoder
from gpu_service.decode.cpu import CpuDecoder
from gpu_service.decode.opened_file import open_file
from gpu_service.errors import InputError, SettingsError
from gpu_service.trace import Trace

logger = logging.getLogger(__name__)

FALLBACK_STAGE = "decode on cpu"
"""The trace's stage that counts videos which NVDEC should have decoded and could not."""


def open_decoder(
    file: io.RawIOBase,
    name: str,
    *,
    device: str,
    required: bool,
    packets: ByteBudget | None,
    trace: Trace,
) -> VideoDecoder:
    """Open a video on the device that does the work.

    :param file: seekable; stays open and belongs to the caller.
    :param name: the video, for messages.
    :param device: ``cpu``, or where NVDEC's surfaces are to lie.
    :param required: refuse what NVDEC cannot decode, rather than decode it on the CPU, which is
        logged and counted in the trace as :data:`FALLBACK_STAGE`.
    :param packets: bounds the packets that are kept during the scan; without it none are.
    :raises InputError: ``not_a_video``, ``no_video_stream``, ``unsupported``.
    :raises SettingsError: ``no_cuda``, NVDEC is required and can't be used at all.
    """
    opened = open_file(file, name, packets)
    if device == "cpu":
        return CpuDecoder(opened, threads=0)
    try:
        # It takes torch to import.
        from gpu_service.decode.nvdec.decoder import NvdecDecoder

        return NvdecDecoder(opened, device=device)
    except (InputError, SettingsError) as error:
        if required:
            opened.demuxer.close()
            raise
        with trace.span(FALLBACK_STAGE, reason=error.message):
            logger.warning("decoding on the CPU: %s", error.message)
    return CpuDecoder(opened, threads=0)
