from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from gpu_service.detect.fast.memory import give_back

_STATUS = Path("/proc/self/status")


def resident_bytes() -> int:
    found = re.search(r"VmRSS:\s*(\d+) kB", _STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024


@pytest.mark.skipif(not _STATUS.exists(), reason="no /proc/self/status on this system")
def test_what_was_freed_goes_back_to_the_system() -> None:
    give_back()
    kept, freed = [], []
    for _ in range(512):
        # In turns, so that no freed block is next to another and the heap can't shrink by itself.
        freed.append(torch.ones(1 << 16, dtype=torch.uint8))
        kept.append(torch.ones(1 << 12, dtype=torch.uint8))
    before = resident_bytes()
    freed.clear()

    give_back()

    assert before - resident_bytes() > 8 << 20
    assert len(kept) == 512
