"""Wheels and tools that only some machines have."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn

import pytest


def absent(message: str) -> NoReturn:
    """Skip the test; fail it where CI demands everything."""
    if os.environ.get("GPU_SERVICE_TEST_REQUIRE"):
        pytest.fail(message)
    pytest.skip(message)


def wheel(module: str) -> Any:
    """The module of an optional wheel."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        absent(f"{module} is not installed ({error}); pip install 'gpu-service[cuda]'")


def installed(distribution: str) -> metadata.Distribution:
    """An optional wheel that can't be imported without a driver."""
    try:
        return metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        absent(f"{distribution} is not installed; pip install 'gpu-service[cuda]'")


def tool(name: str, remedy: str) -> str:
    """The path of a program, beside this Python or on the PATH."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    return found or absent(f"{name} is not installed; {remedy}")
