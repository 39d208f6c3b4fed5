"""The one tree of errors.

Every error that leaves an adapter is one of these, made once where a library is called, with the
library's exception kept as its cause. Each class says whether running the same work again can
help (``retryable``), which exit code a command ends with, and each instance carries the
``reason``, a short code that is stored in the video's row and printed in ``--json``.

::

    GpuServiceError
    ├── SettingsError      2   the caller's words, settings, credentials or set-up are wrong
    ├── InputError        65   this input can never work as it is
    │   └── SourceChangedError   the object was replaced while it was being read
    ├── TransientError    75   the same call may work later
    │   └── BusyError            another run holds this video
    └── InternalError     70   a fault of ours
"""

from __future__ import annotations

from typing import ClassVar

GPU_FAILED = "gpu"
"""The reason of an error after most of which its process can't use the GPU any more."""


class GpuServiceError(Exception):
    """Base of all errors of the service.

    :param message: one line that names the thing (the video, the setting) and the remedy.
    :param reason: a short code, ``snake_case``, at most 50 characters.
    """

    exit_code: ClassVar[int] = 70
    retryable: ClassVar[bool] = False
    default_reason: ClassVar[str] = "internal"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason

    def __str__(self) -> str:
        return self.message


class SettingsError(GpuServiceError):
    """Wrong usage, setting, credentials or set-up; a person has to change something."""

    exit_code = 2
    default_reason = "settings"


class InputError(GpuServiceError):
    """The input itself can never work: missing, denied, empty, not a video, undecodable."""

    exit_code = 65
    default_reason = "bad_input"


class SourceChangedError(InputError):
    """The object no longer is the one that was opened (HTTP 412, or another size)."""

    default_reason = "source_changed"


class TransientError(GpuServiceError):
    """Network, throttling, a lost database, a full disk: the same work may succeed later."""

    exit_code = 75
    retryable = True
    default_reason = "transient"


class BusyError(TransientError):
    """Another run is working on the same video."""

    default_reason = "busy"


class InternalError(GpuServiceError):
    """A fault of the service itself."""

    exit_code = 70
    default_reason = "internal"
