"""Device memory of the stand-in driver as a tensor: it is the host's."""

from __future__ import annotations

import ctypes

import torch
from torch import Tensor

_CUDA, _CPU = 2, 1
"""``DLDeviceType``."""

_DEVICE_TYPE_AT = 2
"""Of a ``DLManagedTensor`` as 32-bit numbers: behind the data's address."""

_from_dlpack = torch._C._from_dlpack


def host_tensor(capsule: object) -> Tensor:
    """Consume a DLPack capsule of device memory, which torch without a GPU would refuse."""
    address = ctypes.pythonapi.PyCapsule_GetPointer
    address.restype = ctypes.c_void_p
    address.argtypes = [ctypes.py_object, ctypes.c_char_p]
    managed = ctypes.cast(address(capsule, b"dltensor"), ctypes.POINTER(ctypes.c_int32))
    assert managed[_DEVICE_TYPE_AT] == _CUDA, "not in device memory"
    managed[_DEVICE_TYPE_AT] = _CPU
    tensor: Tensor = _from_dlpack(capsule)
    return tensor
