"""libav's exceptions become ours, once, here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import av.error

from gpu_service.decode.input import InputFile
from gpu_service.errors import InputError


@contextmanager
def translated(file: InputFile, message: str, *, reason: str) -> Iterator[None]:
    """Run calls of libav; whatever the file itself raised comes first.

    :param message: one line that names the video; libav's own words are put behind it.
    :raises InputError: with ``reason``, for an error of libav.
    """
    try:
        yield
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        file.raise_failure()
        words = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{message}: {words}", reason=reason) from error
    file.raise_failure()
