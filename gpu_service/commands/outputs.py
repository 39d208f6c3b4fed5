"""Files that a command writes beside its results."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from gpu_service.console.plain import plain
from gpu_service.errors import SettingsError


class OutputFile:
    """A file that is opened before any work is done, and emptied once nothing stands against it.

    A context manager that closes it; a file that it made and never began is removed.

    :param option: what named it, for errors.
    :raises SettingsError: ``usage``: it can't be written.
    """

    def __init__(self, option: str, path: Path) -> None:
        self.path = path
        self.begun = False
        self._name = f"{option} {plain(str(path))}"
        self._made = not os.path.lexists(path)
        try:
            self.file = path.open("a", encoding="utf-8", buffering=1 << 16)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise SettingsError(
                f"{self._name} can't be written: {why}; name another file", reason="usage"
            ) from error

    def check(self, taken: Iterable[Path]) -> None:
        """Refuse to be one of these.

        :param taken: what is read, or written by others.
        :raises SettingsError: ``usage``.
        """
        state = os.fstat(self.file.fileno())
        for other in taken:
            if _is(other, state):
                raise SettingsError(
                    f"{self._name} would overwrite {plain(str(other))}; name another file",
                    reason="usage",
                )

    def begin(self) -> None:
        """Empty it."""
        if stat.S_ISREG(os.fstat(self.file.fileno()).st_mode):
            self.file.truncate(0)
        self.begun = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.file.close()
        except OSError:
            # Its last bytes did not fit, which whoever flushed it has said.
            return
        if self._made and not self.begun:
            self.path.unlink(missing_ok=True)


def _is(path: Path, state: os.stat_result) -> bool:
    try:
        return stat.S_ISREG(state.st_mode) and os.path.samestat(path.stat(), state)
    except (OSError, ValueError):
        return False
