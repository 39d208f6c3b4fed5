"""nvJPEG: whether a picture comes out as a JPEG."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from gpu_service.child import ask
from gpu_service.doctor.check import Check, State
from gpu_service.doctor.wheels import part_checks
from gpu_service.errors import GpuServiceError, InternalError

_WHEELS = ("nvidia-nvimgcodec-cu13", "nvidia-nvjpeg")
_REMEDY = (
    "a driver for CUDA 13 (580 or newer), a torch for CUDA 13, some hundred MB of free GPU memory; "
    "else pip install --force-reinstall 'gpu-service[cuda]'"
)


def nvjpeg_checks(gpus: Sequence[State], missing: State) -> list[Check]:
    """Encode a small picture on each GPU; see :func:`~gpu_service.doctor.wheels.part_checks`."""
    return part_checks("nvJPEG", _WHEELS, gpus, missing, _ask)


def _ask(gpu: int, versions: str, missing: State) -> Check:
    try:
        ask(__name__, str(gpu))
    except InternalError as error:
        return Check("nvJPEG", missing, f"{versions}: {error.message}", _REMEDY)
    return Check("nvJPEG", State.OK, versions)


def main(gpu: int) -> None:
    """Run as a program: encode a picture on a GPU, print the JPEG's size, or end with the reason."""
    import torch

    from gpu_service.encode.check import jpeg_problem
    from gpu_service.encode.nvjpeg import NvJpegEncoder
    from gpu_service.frames import DevicePicture

    device = torch.device("cuda", gpu)
    try:
        encoder = NvJpegEncoder(device)
        grey = torch.full((32, 48, 3), 128, dtype=torch.uint8, device=device)
        jpeg = encoder.encode(DevicePicture(grey, 0))
    except GpuServiceError as error:
        # Ours would send the reader to doctor.
        sys.exit(" ".join(str(error.__cause__ or error).split()))
    if (problem := jpeg_problem(jpeg)) is not None:
        sys.exit(problem)
    sys.stdout.write(f"\n{json.dumps(len(jpeg))}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
