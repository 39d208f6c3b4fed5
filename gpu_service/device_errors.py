"""What CUDA complains of, translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from gpu_service.errors import GPU_FAILED, InternalError, TransientError


@contextmanager
def device_errors(doing: str) -> Iterator[None]:
    """Translate what torch raises within the block.

    :param doing: for the message.
    :raises TransientError: ``gpu_memory``: there is no room at the moment.
    :raises InternalError: :data:`~gpu_service.errors.GPU_FAILED`: anything else.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise TransientError(
            f"{doing}: the GPU's memory is full; set GPU_SERVICE_BATCH_WINDOWS or --concurrency "
            "lower, or see who else uses it",
            reason="gpu_memory",
        ) from error
    except RuntimeError as error:
        # CUDA, cuDNN and cuBLAS raise this and subclasses of it.
        said = str(error).partition("\n")[0]
        raise InternalError(f"{doing}: the GPU failed: {said}", reason=GPU_FAILED) from error
