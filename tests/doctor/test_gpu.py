"""What doctor says of the GPU path, on machines of all kinds: libraries stood in for by modules."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from gpu_service.doctor import gpu
from gpu_service.doctor.check import Check, State
from gpu_service.doctor.nvdec import describe_codecs, nvdec_checks
from gpu_service.doctor.nvjpeg import nvjpeg_checks
from tests.doctor.installed import installed
from tests.support.wheels import wheel

DRIVER = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82.07  Release Build\n"
    "GCC version:  gcc version 13.3.0\n"
)


def checked(device: str = "auto") -> dict[str, Check]:
    return {check.name: check for check in gpu.gpu_checks(device)}


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "version"
    monkeypatch.setattr(gpu, "_DRIVER", file)
    return file


@pytest.fixture
def no_gpu(driver: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", "13.0")


@pytest.mark.usefixtures("no_gpu")
def test_a_machine_without_a_gpu_uses_the_cpu() -> None:
    found = checked()
    assert found["GPU"].state is State.ABSENT
    assert found["GPU"].detail == "no NVIDIA driver; the CPU does the work"
    assert found["GPU"].remedy


@pytest.mark.usefixtures("no_gpu")
def test_what_cuda_needs_is_broken_where_cuda_is_asked_for() -> None:
    assert checked("cuda")["GPU"].state is State.BROKEN
    assert checked("cpu")["GPU"].state is State.ABSENT


@pytest.mark.usefixtures("no_gpu")
def test_a_driver_that_torch_cannot_use_is_named(driver: Path) -> None:
    driver.write_text(DRIVER)
    found = checked()["GPU"]
    assert found.detail == "driver 580.82.07, but torch (CUDA 13.0) can't use a GPU"
    assert "NVIDIA_DRIVER_CAPABILITIES" in found.remedy


@pytest.mark.usefixtures("no_gpu")
def test_a_torch_without_cuda_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    assert "built without CUDA" in checked()["GPU"].detail


def have_gpus(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    cards = [
        SimpleNamespace(name=name, major=8, minor=9, total_memory=24 * 1024**3) for name in names
    ]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(cards))
    monkeypatch.setattr(torch.cuda, "get_device_properties", cards.__getitem__)


@pytest.mark.usefixtures("no_gpu")
def test_every_gpu_is_described_and_the_first_one_is_needed(
    driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.write_text(DRIVER)
    have_gpus(monkeypatch, "NVIDIA L4", "NVIDIA T4")
    asked: dict[str, tuple[list[State], State]] = {}

    def ask(name: str, gpus: list[State], missing: State) -> list[Check]:
        asked[name] = (gpus, missing)
        return []

    names = ("nvdec_checks", "nvjpeg_checks")
    for name in names:
        monkeypatch.setattr(gpu, name, partial(ask, name))

    found = checked("cuda")

    versions = "sm_89, 24 GiB, driver 580.82.07, CUDA 13.0"
    assert found["GPU 0"] == Check("GPU 0", State.OK, f"NVIDIA L4, {versions}")
    assert found["GPU 1"] == Check("GPU 1", State.OK, f"NVIDIA T4, {versions}")
    assert asked == dict.fromkeys(names, ([State.BROKEN, State.ABSENT], State.BROKEN))
    have_gpus(monkeypatch, "NVIDIA L4")
    assert "GPU" in checked()


@pytest.mark.usefixtures("no_gpu")
def test_wheels_are_named_without_a_gpu() -> None:
    found = checked()
    for part, name in (("NVDEC", "PyNvVideoCodec"), ("nvJPEG", "nvidia-nvjpeg")):
        assert found[part].state is State.ABSENT
        assert name in found[part].detail


def stand_in(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that child processes import in place of PyNvVideoCodec, installed as 9.9."""
    (folder / "PyNvVideoCodec.py").write_text(code)
    installed(folder, monkeypatch, "PyNvVideoCodec")
    path = os.pathsep.join([str(folder), str(Path(gpu.__file__).parents[2])])
    monkeypatch.setenv("PYTHONPATH", path)


ANSWERS = """
from enum import Enum
cudaVideoChromaFormat = Enum("cudaVideoChromaFormat", {"420": 1})
cudaVideoCodec = Enum("cudaVideoCodec", "H264 HEVC AV1 VP9 VP8 MPEG2 MPEG4")
def GetDecoderCaps(gpuid, codec, chromaformat, bitdepth):
    assert gpuid < 2 and chromaformat.name == "420"
    good = codec.name == "HEVC" or (codec.name, bitdepth) == ("H264", 8)
    side = 8192 * good >> gpuid
    return {"supported": int(good), "num_decoder_engines": 7 * good, "width_max": side,
            "height_max": side}
print("a banner")
"""


def test_nvdec_names_engines_and_codecs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, ANSWERS, monkeypatch)
    (found,) = nvdec_checks([State.BROKEN], State.BROKEN)
    assert found.state is State.OK
    assert found.detail == (
        "7 engines: H264 8 bit to 8192x8192, HEVC 8, 10 and 12 bit to 8192x8192; for many videos "
        "GPU_SERVICE_PROCESSES=3 GPU_SERVICE_CONCURRENCY=14"
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('libnvcuvid.so.1 is missing')", "cannot be used (libnvcuvid.so.1 is"),
        (
            "print('[FATAL] cuInit', flush=True); import os; os._exit(3)",
            "[FATAL] cuInit (exit code",
        ),
        ("import os; os.abort()", "died without a word (exit code -6)"),
    ],
)
def test_a_library_that_ends_its_process_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    stand_in(tmp_path, code, monkeypatch)
    (found,) = nvdec_checks([State.ABSENT], State.ABSENT)
    assert found.state is State.ABSENT
    assert found.detail.startswith("PyNvVideoCodec 9.9: ")
    assert said in found.detail
    assert "compute,video,utility" in found.remedy


def test_each_gpu_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, ANSWERS, monkeypatch)
    first, second = nvdec_checks([State.BROKEN, State.ABSENT], State.BROKEN)
    assert (first.name, second.name) == ("NVDEC, GPU 0", "NVDEC, GPU 1")
    assert "to 8192x8192" in first.detail
    assert "to 4096x4096" in second.detail


def test_a_gpu_without_a_decoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, ANSWERS.replace("side =", "good = False; side ="), monkeypatch)
    assert nvdec_checks([State.BROKEN], State.BROKEN) == [
        Check("NVDEC", State.BROKEN, "decodes nothing", "this GPU has none; use another one")
    ]
    assert describe_codecs([]) == ""


@pytest.mark.skipif(torch.cuda.is_available(), reason="it works here")
def test_nvjpeg_that_does_not_start_says_why_and_what_to_do() -> None:
    wheel("nvidia.nvimgcodec")
    (found,) = nvjpeg_checks([State.BROKEN], State.BROKEN)
    assert found.state is State.BROKEN
    assert "nvidia-nvjpeg" in found.detail
    assert "exit code 1" in found.detail
    assert "doctor" not in found.detail, "it is doctor that speaks"
    assert "driver" in found.remedy
    assert "gpu-service[cuda]" in found.remedy
