"""A simulated run whose decoders are the product's own, on the stand-in driver."""

from __future__ import annotations

import io

from benchmarks.simulated.child import Simulation
from gpu_service.budget import ByteBudget
from gpu_service.decode.base import VideoDecoder
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.decode.opened_file import open_file
from gpu_service.trace import Trace


class DrivenSimulation(Simulation):
    """Nothing is dilated."""

    def _open_video(
        self, file: io.RawIOBase, name: str, *, packets: ByteBudget, trace: Trace
    ) -> VideoDecoder:
        return NvdecDecoder(open_file(file, name, packets), device="cpu")
