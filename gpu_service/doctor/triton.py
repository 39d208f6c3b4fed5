"""Triton, and what it needs to build a kernel's launcher when it is first called."""

from __future__ import annotations

import os
import shutil
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gpu_service.doctor.check import Check, State


def triton_check(missing: State) -> Check:
    """Look for the wheel, a C compiler and Python's headers.

    :param missing: the state where one of them isn't there.
    """
    try:
        detail = version("triton")
    except PackageNotFoundError:
        return Check(
            "Triton", missing, "not installed", "pip install triton (torch for CUDA has it)"
        )
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return Check("Triton", missing, f"{detail}, no C compiler", "apt-get install gcc libc6-dev")
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not headers.is_file():
        return Check(
            "Triton", missing, f"{detail}, {headers} is absent", "apt-get install python3-dev"
        )
    return Check("Triton", State.OK, f"{detail}, {compiler}")
