"""What the graphs of the event model take for granted of torch; none of it needs a GPU to see."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch


@pytest.mark.parametrize(
    ("called", "names"),
    [
        (torch.cuda.graph, {"cuda_graph", "pool", "stream", "capture_error_mode"}),
        (torch.cuda.CUDAGraph.replay, {"self"}),
        (torch.cuda.graph_pool_handle, set()),
        (torch.cuda.Event.__new__, {"blocking"}),
        (torch.cuda.Event.record, {"stream"}),
        (torch.cuda.Event.wait, {"stream"}),
        (torch.cuda.Event.synchronize, {"self"}),
        (torch.cuda.Stream.wait_stream, {"stream"}),
        (torch.cuda.stream, {"stream"}),
        (torch.backends.cudnn.flags, {"enabled", "benchmark", "allow_tf32"}),
        (torch.vmap, {"func", "in_dims", "out_dims"}),
    ],
    ids=lambda value: getattr(value, "__qualname__", ""),
)
def test_parameters_are_there(called: Callable[..., Any], names: set[str]) -> None:
    assert names <= set(inspect.signature(called).parameters)


def test_no_stream_is_no_change() -> None:
    with torch.cuda.stream(None):
        pass


def test_out_of_memory_is_a_runtime_error_of_its_own() -> None:
    assert issubclass(torch.OutOfMemoryError, RuntimeError)
