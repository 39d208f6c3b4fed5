"""What a kernel leaves unwritten shows."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

GARBAGE = 0x5A


def poison_new_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """``torch.empty`` gives memory full of garbage."""
    real_empty = torch.empty

    def empty(*arguments: Any, **options: Any) -> Tensor:
        return real_empty(*arguments, **options).fill_(GARBAGE)

    monkeypatch.setattr(torch, "empty", empty)


def forbid(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
    """A call of the reference fails, so that what passes has run the kernel."""

    def refuse(*_arguments: object, **_options: object) -> Tensor:
        raise AssertionError(f"{name} took the reference")

    monkeypatch.setattr(module, name, refuse)
