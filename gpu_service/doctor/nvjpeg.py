"""nvJPEG: whether a picture comes out as a JPEG."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version

from gpu_service.child import ask
from gpu_service.doctor.check import Check, State
from gpu_service.errors import InternalError

_WHEELS = ("nvidia-nvimgcodec-cu13", "nvidia-nvjpeg")
_REMEDY = "pip install 'gpu-service[cuda]'"


def nvjpeg_check(missing: State) -> Check:
    """Encode a small picture in another process.

    :param missing: the state where it can't be used.
    """
    try:
        versions = ", ".join(f"{name} {version(name)}" for name in _WHEELS)
    except PackageNotFoundError as error:
        return Check("nvJPEG", missing, f"{error.name} is not installed", _REMEDY)
    try:
        ask(__name__)
    except InternalError as error:
        return Check("nvJPEG", missing, f"{versions}: {error.message}", "see what it says")
    return Check("nvJPEG", State.OK, versions)


def main() -> None:
    """Run as a program: encode a picture on the first GPU, print the JPEG's size."""
    import torch

    from gpu_service.encode.check import jpeg_problem
    from gpu_service.encode.nvjpeg import NvJpegEncoder
    from gpu_service.frames import DevicePicture

    device = torch.device("cuda", 0)
    grey = torch.full((32, 48, 3), 128, dtype=torch.uint8, device=device)
    jpeg = NvJpegEncoder(device).encode(DevicePicture(grey, 0))
    if (problem := jpeg_problem(jpeg)) is not None:
        raise InternalError(problem)
    sys.stdout.write(f"\n{json.dumps(len(jpeg))}\n")


if __name__ == "__main__":
    main()
