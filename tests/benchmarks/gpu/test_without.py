"""On a machine without a GPU there is no figure, and the reason is said."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import pytest
import torch

from benchmarks.context import Context
from benchmarks.figures import NotToBeHadError
from benchmarks.registry import CASES, Case

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")


@pytest.mark.parametrize("case", [case for case in CASES if case.gpu], ids=lambda case: case.name)
def test_it_says_what_is_missing(case: Case) -> None:
    run = import_module(f"benchmarks.cases.{case.module}").run
    with pytest.raises(NotToBeHadError, match="--device cuda: "):
        run(cast("Context", None))
