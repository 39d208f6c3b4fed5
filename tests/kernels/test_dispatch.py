"""CUDA tensors take the kernel; nothing else pays for Triton."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
import torch

from gpu_service_kernels.dispatch import kernel_runs, takes_kernel
from tests.kernels.children import run_python
from tests.kernels.test_interpreted import OPS


@pytest.mark.parametrize(
    ("device_type", "interpreted", "expected"),
    [
        ("cuda", False, True),
        ("cuda", True, True),
        ("cpu", False, False),
        ("cpu", True, True),
        ("meta", True, False),
    ],
)
def test_which_one_runs(device_type: str, interpreted: bool, expected: bool) -> None:
    assert takes_kernel(device_type, interpreted=interpreted) is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False)]
)
def test_the_interpreter_is_asked_for_by_tritons_own_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", value)
    assert kernel_runs(torch.zeros(1)) is expected


@pytest.mark.parametrize("op", OPS)
def test_the_dispatching_function_has_the_references_contract(op: str) -> None:
    package = import_module(f"gpu_service_kernels.{op}")
    dispatching, reference = getattr(package, op), getattr(package.reference, op)
    assert reference.__doc__
    assert dispatching.__doc__ == reference.__doc__
    assert inspect.signature(dispatching) == inspect.signature(reference)


def test_cpu_tensors_load_no_triton_and_nothing_of_the_service() -> None:
    code = (
        "import sys, torch\n"
        "from gpu_service_kernels.color_histograms import color_histograms\n"
        "from gpu_service_kernels.surface_to_detector import surface_to_detector\n"
        "from gpu_service_kernels.surface_to_rgb import surface_to_rgb\n"
        "surface = torch.zeros(3, 2, dtype=torch.uint8)\n"
        "arguments = dict(width=2, height=2, matrix='bt709', full_range=False)\n"
        "surface_to_detector(surface[None], **arguments)\n"
        "surface_to_rgb(surface, **arguments)\n"
        "color_histograms(torch.zeros(1, 1, 2, 2, 3, dtype=torch.uint8))\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "sys.exit(','.join(sorted(loaded & {'triton', 'gpu_service'})) or 0)\n"
    )
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr
