"""A signal before the server listens: the same stop as any later one."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.pipeline.conftest import Place
from tests.pipeline.holds import LONGEST_WAIT_SECONDS

SLOW_LIBRARY = """
import pathlib, time
pathlib.Path(__file__).with_name("arrived").touch()
time.sleep(60)
"""


def test_while_the_libraries_are_loaded(place: Place, tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text(SLOW_LIBRARY)
    process = place.start("serve", "--port", "0", PYTHONPATH=str(tmp_path))
    try:
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        while not (tmp_path / "arrived").exists():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=LONGEST_WAIT_SECONDS)
        assert (process.returncode, *said) == (0, "", "")
    finally:
        process.kill()
        process.wait()
