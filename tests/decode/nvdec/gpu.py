"""The stand-in driver's GPU as torch would see it, its streams as far behind the host as they may be.

What the decoder copies, what a kernel computes and what torch does with tensors is queued on the
stream that it is asked for on, and done once the host waits for an event behind it. Until then
memory holds poison, or what was there before; so whatever is read on another stream than the
decoder's, or before it has been waited for, is wrong. Nor may anything be brought to the host. Memory
that is freed too early is not seen.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

import gpu_service_kernels.surface_to_detector
import gpu_service_kernels.surface_to_rgb
from gpu_service.frames import UInt8Array
from tests.decode.nvdec.dlpack import host_tensor
from tests.detect.cuda.lazy_device import DEFAULT, LazyEvent, LazyStream, stream
from tests.detect.cuda.pixels_stay import PixelsStay
from tests.support.switch import Switch

POISON = 0xEE

_Hook = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)


class GpuStream(LazyStream):
    """With a handle for the driver."""

    by_handle: ClassVar[dict[int, GpuStream]] = {}
    _handles = itertools.count(0x1000)

    def __init__(self, device: object = None, *, priority: int) -> None:
        super().__init__(device)
        assert priority < 0, "out of the pool that the model's streams are from"
        self.cuda_stream = next(self._handles)
        self.by_handle[self.cuda_stream] = self

    def step(self) -> None:
        with Deferred.off():
            super().step()


class GpuEvent(LazyEvent):
    def record(self, on: LazyStream | None = None) -> None:
        with stream(on):
            super().record()


class Deferred(Switch, TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Queues every operation that writes memory."""

    @classmethod
    @contextmanager
    def off(cls) -> Iterator[None]:
        """For the device's own work, and for what the test reads."""
        with super().off(), PixelsStay.off():
            yield

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if self.is_off or func.is_view:
            return func(*args, **given)
        if func._schema.is_mutable:
            _queue(lambda: func(*args, **given))
            return args[0]
        return _later(lambda: func(*args, **given))


def as_it_is(tensor: Tensor) -> UInt8Array:
    """What its memory holds now, whatever the device still has to do."""
    with Deferred.off():
        held: UInt8Array = tensor.numpy().copy()
    return held


def _queue(work: Callable[[], object]) -> None:
    def step() -> None:
        work()

    (LazyStream.current or DEFAULT).queue.append(step)


def _later(compute: Callable[[], Tensor]) -> Tensor:
    """What is computed on the current stream; poison until then."""
    with Deferred.off():
        result = torch.full_like(compute(), POISON)
    _queue(lambda: result.copy_(compute()))
    return result


def _launched(kernel: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """One operation on the stream, as a kernel is."""
    return lambda surface, **given: _later(lambda: kernel(surface, **given))


def _behind(handle: int | None, copy: int | None) -> None:
    """As the driver asks: a copy on a stream, or the host's wait for a stream, or for all."""
    streams = GpuStream.by_handle
    if copy is not None:
        later = ctypes.c_void_p(copy)
        streams[handle or 0].queue.append(lambda: _driver().standin_copy(later))
        return
    for one in streams.values() if handle is None else [streams[handle]]:
        one.synchronize()


def _driver() -> ctypes.CDLL:
    return ctypes.CDLL("libcuda.so.1")


def _current(device: object = None) -> object:
    return LazyStream.current or SimpleNamespace(cuda_stream=0)


@contextmanager
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """``cuda:0`` as above, for this thread; make decoders in it, and free them before it ends."""
    monkeypatch.setattr(torch.cuda, "Stream", GpuStream)
    monkeypatch.setattr(torch.cuda, "Event", GpuEvent)
    monkeypatch.setattr(torch.cuda, "stream", stream)
    monkeypatch.setattr(torch.cuda, "current_stream", _current)
    monkeypatch.setattr(torch._C, "_from_dlpack", host_tensor)
    for package, name in (
        (gpu_service_kernels.surface_to_detector, "surface_to_detector"),
        (gpu_service_kernels.surface_to_rgb, "surface_to_rgb"),
    ):
        monkeypatch.setattr(package, name, _launched(getattr(package, name)))
    # A decoder that is freed on the way waits for all streams.
    gc.collect()
    hook = _Hook(_behind)
    _driver().standin_run_behind(hook)
    try:
        with Deferred(), PixelsStay():  # type: ignore[no-untyped-call]
            yield
    finally:
        _behind(None, None)
        _driver().standin_run_behind(_Hook())
        GpuStream.by_handle.clear()
        DEFAULT.queue.clear()
