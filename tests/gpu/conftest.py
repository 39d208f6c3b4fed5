"""Everything in this folder needs a GPU; ``make test-gpu`` runs it on a machine that has one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.gpu.needed import is_demanded, missing

_HERE = Path(__file__).parent
_UNTESTED = "the GPU path can't be tested here"


def pytest_sessionstart(session: pytest.Session) -> None:
    # The others of pytest-xdist would only be said to have crashed.
    is_first = not hasattr(session.config, "workerinput")
    if is_first and is_demanded() and (reason := missing()) is not None:
        pytest.exit(f"{_UNTESTED}: {reason}; gpu-service doctor says more", returncode=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if _HERE in item.path.parents]
    reason = missing() if here else None
    for item in here:
        item.add_marker(pytest.mark.gpu)
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"{_UNTESTED}: {reason}"))


@pytest.fixture(scope="session")
def gpu() -> torch.device:
    return torch.device("cuda", 0)


@pytest.fixture
def device(gpu: torch.device) -> torch.device:
    """What the kernels' checks run on here; see ``tests/kernels/conftest.py``."""
    return gpu
