"""What the convolutions of one run leave to those of the next, so that no frame is convolved twice."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Condition
from typing import Any

from gpu_service.errors import InternalError

_PATIENCE_SECONDS = 600.0
"""A run takes a second. What never comes should be an error and not a thread that hangs."""


class Handover:
    """Between two runs that follow each other, which may be scored at the same time: the later one
    comes to a part of the model when the earlier one has left it.

    What was handed over stays, so that either run may be scored again.
    """

    def __init__(self) -> None:
        self._parts: dict[Hashable, Any] = {}
        self._failure: BaseException | None = None
        self._changed = Condition()

    def give(self, part: Hashable, left: object) -> None:
        """The earlier run is through with this part, and leaves the later one this."""
        with self._changed:
            self._parts[part] = left
            self._changed.notify_all()

    def fail(self, failure: BaseException) -> None:
        """The earlier run has failed."""
        with self._changed:
            self._failure = failure
            self._changed.notify_all()

    def take(self, part: Hashable) -> Any:
        """What the earlier run has left there; waits for it.

        :raises InternalError: it has failed, or is not being scored at all.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: part in self._parts or self._failure is not None, _PATIENCE_SECONDS
            )
            if part in self._parts:
                return self._parts[part]
            failure = self._failure
        if failure is None:
            raise InternalError("a run is scored, and the one before it isn't")
        raise InternalError("the run before has failed") from failure
