"""Questions to a process of their own: libraries of NVIDIA's print, and end the process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from gpu_service.errors import InternalError

_PATIENCE_SECONDS = 120


def ask(module: str, *arguments: str) -> Any:
    """Run a module as a program, read the JSON in its last line.

    :raises InternalError: it ended otherwise; the message is the last thing that it said.
    """
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InternalError(f"no answer within {_PATIENCE_SECONDS} s") from error
    if done.returncode != 0:
        words = done.stderr.strip() or done.stdout.strip() or "it died without a word"
        said = words.splitlines()[-1]
        raise InternalError(f"{said} (exit code {done.returncode})")
    return json.loads(done.stdout.splitlines()[-1])
