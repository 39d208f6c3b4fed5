"""An S3 endpoint on loopback, from the ``moto`` package: for the demo and tests, not a store.

It runs as a process of its own, keeps everything in memory, and ends with its parent: when the
parent's end of the pipe closes, however the parent ended.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gpu_service.errors import SettingsError, TransientError


@contextmanager
def s3_endpoint() -> Iterator[str]:
    """Run the endpoint on a free port.

    :returns: its URL.
    :raises SettingsError: when the extra ``local`` is not installed.
    :raises TransientError: when it does not start.
    """
    command = [sys.executable, "-W", "ignore", "-m", "gpu_service.local.s3"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdin is None or process.stderr is None:
            raise TransientError("the S3 endpoint has no pipes", reason="local_s3")
        url = process.stdout.readline().strip()
        if not url:
            said = process.stderr.read()
            if "No module named" in said:
                raise SettingsError(
                    "the S3 endpoint is not installed: pip install 'gpu-service[local]'",
                    reason="not_installed",
                )
            raise TransientError(f"the S3 endpoint did not start: {said}", reason="local_s3")
        process.stderr.close()
        try:
            yield url
        finally:
            process.stdin.close()
            process.wait(timeout=10)


def _serve() -> None:
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    _serve()
