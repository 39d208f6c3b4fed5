"""What CUDA complains of, translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import CalledProcessError

import torch

from gpu_service.errors import GPU_FAILED, InternalError, TransientError


@contextmanager
def device_errors(doing: str) -> Iterator[None]:
    """Translate what torch, CUDA and Triton raise within the block; the rest stays as it is.

    :param doing: for the message.
    :raises TransientError: ``gpu_memory``: there is no room at the moment.
    :raises InternalError: :data:`~gpu_service.errors.GPU_FAILED`: anything else of theirs.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise TransientError(
            f"{doing}: the GPU's memory is full; set GPU_SERVICE_BATCH_WINDOWS, --concurrency "
            "or --processes lower, or see who else uses it",
            reason="gpu_memory",
        ) from error
    except Exception as error:
        if not _is_of_the_gpu(error):
            raise
        said = str(error).partition("\n")[0]
        raise InternalError(f"{doing}: the GPU failed: {said}", reason=GPU_FAILED) from error


def _is_of_the_gpu(error: Exception) -> bool:
    """CUDA, cuDNN and cuBLAS raise ``RuntimeError``, Triton errors of its own, which are none, or what
    its C compiler ends with."""
    bases = type(error).__mro__
    return isinstance(error, (RuntimeError, CalledProcessError)) or any(
        base.__module__.partition(".")[0] == "triton" for base in bases
    )
