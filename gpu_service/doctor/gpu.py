"""The GPU path, part by part: driver and GPU, NVDEC, nvJPEG, Triton."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from gpu_service.doctor.check import Check, State
from gpu_service.doctor.nvdec import nvdec_check
from gpu_service.doctor.nvjpeg import nvjpeg_check
from gpu_service.doctor.triton import triton_check

_DRIVER = Path("/proc/driver/nvidia/version")
_GiB = 1024**3


def gpu_checks(device: str) -> list[Check]:
    """What the GPU path needs; a line for each part, whether or not there is a GPU.

    :param device: the setting. With ``cuda`` whatever is missing is broken, else only absent: the
        CPU does the work.
    """
    missing = State.BROKEN if device == "cuda" else State.ABSENT
    gpu = _gpu(missing, _DRIVER)
    checks = [gpu, triton_check(missing)]
    if gpu.state is State.OK:
        checks += [nvdec_check(missing), nvjpeg_check(missing)]
    return checks


def _gpu(missing: State, driver_file: Path) -> Check:
    driver = _driver(driver_file)
    if importlib.util.find_spec("torch") is None:
        return Check("GPU", missing, "torch is not installed", "pip install gpu-service")
    import torch

    if torch.version.cuda is None:
        detail = f"torch {torch.__version__} is built without CUDA"
        return Check("GPU", missing, detail, "pip install torch for CUDA, from pytorch.org")
    if torch.cuda.is_available():
        found = torch.cuda.get_device_properties(0)
        more = torch.cuda.device_count() - 1
        detail = (
            f"{found.name}, sm_{found.major}{found.minor}, {found.total_memory / _GiB:.0f} GiB, "
            f"driver {driver or 'of unknown version'}, CUDA {torch.version.cuda}"
        )
        return Check("GPU", State.OK, f"{detail}; {more} more" if more else detail)
    if driver is not None:
        detail = f"driver {driver}, but torch (CUDA {torch.version.cuda}) can't use a GPU"
        remedy = (
            "a newer driver; in a container: --gpus all, NVIDIA_DRIVER_CAPABILITIES with compute"
        )
        return Check("GPU", missing, detail, remedy)
    detail = "no NVIDIA driver; the CPU does the work"
    return Check(
        "GPU", missing, detail, "for a GPU: NVIDIA's driver, and in a container --gpus all"
    )


def _driver(file: Path) -> str | None:
    """The loaded kernel module's version, as Linux shows it; containers see it too."""
    try:
        said = file.read_text()
    except OSError:
        return None
    found = re.search(r"Kernel Module\S*(?:\s+for \S+)?\s+(\d[\d.]*)", said)
    return found[1] if found else "of unknown version"
