"""Another program, with its wall-clock, its CPU time and its peak memory."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.05
_LAST_WORDS = 20


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program took.

    :param started_at: on :func:`time.monotonic`'s clock, which all processes here share.
    :param wall_seconds: from before it was started to after it had ended.
    :param cpu_seconds: user and system, of it and of the children that it waited for.
    :param peak_bytes: the largest sum of its processes' peak resident memory, looked at every 50 ms;
        pages that they share count for each.
    """

    exit_code: int
    started_at: float
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    stdout: str


class Running:
    """A started program; :meth:`wait` must be called."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
    ) -> None:
        self._log = log
        self._out = log.with_suffix(".out")
        self._command = command
        self._started_at = time.monotonic()
        with log.open("wb") as errors, self._out.open("wb") as out:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
            )
        self._peak = 0
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    @property
    def ended(self) -> bool:
        """Whether it has ended by now."""
        # WNOWAIT leaves it to be waited for with its resource usage.
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return found is not None

    def wait(self, *, check: bool = True) -> Finished:
        """Wait for its end.

        :raises RuntimeError: with ``check``, it did not end with 0; says its last words.
        """
        _, status, usage = os.wait4(self._process.pid, 0)
        wall = time.monotonic() - self._started_at
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()
        self._sampler.join()
        if check and self._process.returncode:
            words = self._log.read_text(errors="replace").splitlines()[-_LAST_WORDS:]
            said = "\n".join(words)
            raise RuntimeError(
                f"{' '.join(self._command)} ended with {self._process.returncode}:\n{said}"
            )
        return Finished(
            self._process.returncode,
            self._started_at,
            wall,
            usage.ru_utime + usage.ru_stime,
            self._peak,
            self._out.read_text(errors="replace"),
        )

    def _sample(self) -> None:
        # The kernel's own figure for an ended process, ru_maxrss, is no less than that of the
        # process which started it.
        self._peak = _peak_of_tree(self._process.pid)
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, _peak_of_tree(self._process.pid))


def _peak_of_tree(pid: int) -> int:
    """Sum of the peak resident bytes of a process and its living descendants."""
    total = 0
    todo = [pid]
    while todo:
        current = todo.pop()
        try:
            status = Path(f"/proc/{current}/status").read_text()
            for task in Path(f"/proc/{current}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                total += int(line.split()[1]) * 1024
    return total
