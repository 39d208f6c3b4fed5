"""What the convolutions of one run leave to those of the next, so that no frame is convolved twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition
from typing import Any

from gpu_service.errors import GpuServiceError, InternalError

_PATIENCE_SECONDS = 600.0
"""A run takes a second. What never comes should be an error and not a thread that hangs."""


class Handover:
    """Between two runs that follow each other, which may be scored at the same time: the later one
    comes to a part of the model when the earlier one has left it.

    A part is a stack, by its number, or has a name. What was handed over stays, so that either run may
    be scored again.

    :ivar waited_seconds: how long the later one has waited.
    """

    def __init__(self) -> None:
        self.waited_seconds = 0.0
        self._parts: dict[int | str, Any] = {}
        self._failure: tuple[type[GpuServiceError], str, str] | None = None
        self._tell: Callable[[], None] | None = None
        self._changed = Condition()

    def give(self, part: int | str, left: object) -> None:
        """The earlier run is through with this part, and leaves the later one this."""
        with self._changed:
            self._parts[part] = left
        self._has_changed()

    def fail(self, failure: BaseException) -> None:
        """The earlier run leaves nothing more."""
        # Not the exception itself, which holds on to all that the run was at.
        told: tuple[type[GpuServiceError], str, str]
        if isinstance(failure, GpuServiceError):
            told = type(failure), failure.message, failure.reason
        else:
            text = f"the event model failed: {type(failure).__name__}: {failure}"
            told = InternalError, text, InternalError.default_reason
        with self._changed:
            self._failure = told
        self._has_changed()

    def when_begun(self, tell: Callable[[], None]) -> bool:
        """Whether the later run would find something to take; if not, ``tell`` is called when it would."""
        with self._changed:
            begun = bool(self._parts) or self._failure is not None
            self._tell = None if begun else tell
        return begun

    def _has_changed(self) -> None:
        with self._changed:
            self._changed.notify_all()
            tell, self._tell = self._tell, None
        if tell is not None:
            tell()

    def take(self, part: int | str) -> Any:
        """What the earlier run has left there; waits for it.

        :raises GpuServiceError: what it has failed with.
        :raises InternalError: it is not being scored at all.
        """
        start = time.perf_counter()
        with self._changed:
            self._changed.wait_for(
                lambda: part in self._parts or self._failure is not None, _PATIENCE_SECONDS
            )
            self.waited_seconds += time.perf_counter() - start
            if part in self._parts:
                return self._parts[part]
            failure = self._failure
        if failure is None:
            raise InternalError("a run is scored, and the one before it isn't")
        kind, message, reason = failure
        raise kind(message, reason=reason)
