"""Which device: what the driver says, asked where its death would not be ours."""

from __future__ import annotations

import subprocess
from ctypes.util import find_library
from pathlib import Path

import pytest

from gpu_service.device import resolve_device
from gpu_service.errors import SettingsError
from tests.nvdec_driver.child import need_driver, run

_RESOLVE = """
import sys, warnings
from gpu_service.device import resolve_device
from gpu_service.errors import SettingsError
warnings.simplefilter("ignore")
try:
    sys.stdout.write(resolve_device(sys.argv[1]))
except SettingsError as error:
    sys.stdout.write(f"{error.reason}: {error}")
"""


def test_the_cpu_is_always_there() -> None:
    assert resolve_device("cpu") == "cpu"


@pytest.mark.skipif(find_library("cuda") is not None, reason="this machine has a driver")
def test_a_missing_driver_is_named() -> None:
    with pytest.raises(
        SettingsError, match=r"libcuda.so.1 .* is missing; use --device cpu"
    ) as raised:
        resolve_device("cuda")
    assert raised.value.reason == "no_cuda"
    assert resolve_device("auto") == "cpu"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"NVDEC_STANDIN_DEVICES": "0"}, "no_cuda: --device cuda: the driver finds no GPU"),
        # The stand-in is enough for PyNvVideoCodec, and not for torch.
        ({}, "no_cuda: --device cuda: torch, built for CUDA {}, cannot use the GPU: CUDA init"),
        ({}, "no_cuda: --device cuda: this torch is built without CUDA"),
    ],
    ids=["no-gpu", "torch", "cpu-torch"],
)
def test_cuda_is_never_the_cpu(driver: Path, environment: dict[str, str], words: str) -> None:
    import torch

    if "torch" in words and ("without" in words) != (torch.version.cuda is None):
        pytest.skip("the other kind of torch")
    done = run(driver, "-c", _RESOLVE, "cuda", **environment)
    wanted = words.format(torch.version.cuda)
    assert done.stdout.startswith(wanted), done.stdout + done.stderr
    auto = run(driver, "-c", _RESOLVE, "auto", **environment)
    assert (auto.stdout, auto.stderr) == ("cpu", "")


def test_a_driver_that_kills_the_process_is_survived(tmp_path: Path) -> None:
    need_driver()
    source = tmp_path / "cuda.c"
    source.write_text("int cuInit(unsigned f) { (void)f; __builtin_trap(); }")
    library = tmp_path / "libcuda.so.1"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(source)], check=True)
    done = run(tmp_path, "-c", _RESOLVE, "cuda")
    assert done.stdout.startswith("no_cuda: --device cuda: the driver ended the process")
