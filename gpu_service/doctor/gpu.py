"""The GPU path, part by part: driver and GPU, NVDEC, nvJPEG, Triton."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from gpu_service.doctor.check import Check, State
from gpu_service.doctor.nvdec import nvdec_checks
from gpu_service.doctor.nvjpeg import nvjpeg_checks
from gpu_service.doctor.triton import triton_check

_DRIVER = Path("/proc/driver/nvidia/version")
_GiB = 1024**3


def gpu_checks(device: str) -> list[Check]:
    """What the GPU path needs; a line for each part, whether or not there is a GPU.

    :param device: the setting. With ``cuda`` whatever is missing is broken, else only absent: the
        CPU does the work. The service uses the first GPU alone, so that of the others nothing is.
    """
    missing = State.BROKEN if device == "cuda" else State.ABSENT
    found = _gpus(missing, _DRIVER)
    usable = [one for one in found if one.state is State.OK]
    states = [State.ABSENT if number else missing for number in range(len(usable))]
    return [
        *found,
        triton_check(missing),
        *nvdec_checks(states, missing),
        *nvjpeg_checks(states, missing),
    ]


def _gpus(missing: State, driver_file: Path) -> list[Check]:
    """Every GPU, or why there is none."""
    driver = _driver(driver_file)
    if importlib.util.find_spec("torch") is None:
        return [Check("GPU", missing, "torch is not installed", "pip install gpu-service")]
    import torch

    if torch.version.cuda is None:
        detail = f"torch {torch.__version__} is built without CUDA"
        return [Check("GPU", missing, detail, "pip install torch for CUDA, from pytorch.org")]
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        with_versions = f"driver {driver or 'of unknown version'}, CUDA {torch.version.cuda}"
        names = [f"GPU {number}" for number in range(count)] if count > 1 else ["GPU"]
        return [
            Check(name, State.OK, f"{_described(number)}, {with_versions}")
            for number, name in enumerate(names)
        ]
    if driver is not None:
        detail = f"driver {driver}, but torch (CUDA {torch.version.cuda}) can't use a GPU"
        remedy = (
            "a newer driver; in a container: --gpus all, NVIDIA_DRIVER_CAPABILITIES with compute"
        )
        return [Check("GPU", missing, detail, remedy)]
    detail = "no NVIDIA driver; the CPU does the work"
    remedy = "for a GPU: NVIDIA's driver, and in a container --gpus all"
    return [Check("GPU", missing, detail, remedy)]


def _described(gpu: int) -> str:
    import torch

    found = torch.cuda.get_device_properties(gpu)
    memory = f"{found.total_memory / _GiB:.0f} GiB"
    return f"{found.name}, sm_{found.major}{found.minor}, {memory}"


def _driver(file: Path) -> str | None:
    """The loaded kernel module's version, as Linux shows it; containers see it too."""
    try:
        said = file.read_text()
    except OSError:
        return None
    found = re.search(r"Kernel Module\S*(?:\s+for \S+)?\s+(\d[\d.]*)", said)
    return found[1] if found else "of unknown version"
