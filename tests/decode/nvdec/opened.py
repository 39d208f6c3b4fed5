"""A video opened on NVDEC."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from gpu_service.budget import ByteBudget
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.decode.nvdec.pool import DecoderPool
from gpu_service.decode.opened_file import open_file


@contextmanager
def on_nvdec(
    video: Path | bytes,
    *,
    packets: ByteBudget | None = None,
    pool: DecoderPool | None = None,
    device: str = "cpu",
) -> Iterator[NvdecDecoder]:
    """Open a file, or bytes.

    :param device: of the surfaces: host memory; or ``cuda:0``, under
        :func:`tests.decode.nvdec.gpu.gpu`.
    """
    data = video if isinstance(video, bytes) else video.read_bytes()
    opened = open_file(cast("io.RawIOBase", io.BytesIO(data)), "clip", packets)
    decoder = NvdecDecoder(opened, device=device, pool=pool)
    try:
        yield decoder
    finally:
        decoder.close()
