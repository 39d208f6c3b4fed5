"""The container's health: whose server is asked, where, and what its answer means."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gpu_service.http.health_check import Server, ask, server_in, servers_of
from tests.http.client import request
from tests.pipeline.conftest import Place

USUAL = Server("127.0.0.1", 8000)
PYTHON, PROGRAM = "/opt/gpu-service/bin/python", "/opt/gpu-service/bin/gpu-service"


@pytest.mark.parametrize(
    ("words", "server"),
    [
        ((PYTHON, PROGRAM, "serve"), USUAL),
        ((PYTHON, "-m", "gpu_service", "serve", ""), USUAL),
        ((PROGRAM, "serve", "--port", "9000", "--local"), Server("127.0.0.1", 9000)),
        ((PROGRAM, "serve", "--port=9000", "--host=10.0.0.5"), Server("10.0.0.5", 9000)),
        ((PROGRAM, "serve", "--host", "0.0.0.0"), USUAL),
        ((PROGRAM, "serve", "--host", ""), USUAL),
        ((PROGRAM, "serve", "--port", "²"), None),
        ((PROGRAM, "serve", "--host", "::"), Server("::1", 8000)),
        ((PROGRAM, "serve", "--port", "1", "--port", "2"), Server("127.0.0.1", 2)),
        ((PROGRAM, "serve", "--port", "none"), None),
        ((PROGRAM, "analyze", "serve"), None),
        ((PROGRAM, "health"), None),
        (("sh", "-c", "gpu-service serve"), None),
        (("gpu-service",), None),
        ((), None),
    ],
)
def test_a_command_line(words: tuple[str, ...], server: Server | None) -> None:
    assert server_in(words) == server


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """The processes of a machine, as procfs shows them."""
    _process(tmp_path, 1, 0, "init", "docker-init", "--", "sh", "-c", "gpu-service serve")
    _process(tmp_path, 7, 1, "sh) (odd", "sh", "-c", "gpu-service serve")
    _process(tmp_path, 8, 7, "python", PYTHON, PROGRAM, "serve", "--port", "9000")
    _process(tmp_path, 9, 8, "worker", PYTHON, PROGRAM, "serve", "--port", "9000")
    _process(tmp_path, 20, 0, "python", PYTHON, PROGRAM, "serve", "--port", "7777")
    (tmp_path / "30").mkdir()
    (tmp_path / "uptime").write_text("1 2")
    return tmp_path


def _process(proc: Path, pid: int, parent: int, name: str, *words: str) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "stat").write_text(f"{pid} ({name}) S {parent} 1 1 0")
    (folder / "cmdline").write_bytes("\0".join([*words, ""]).encode())


def test_the_main_process_and_its_children_alone(proc: Path) -> None:
    assert servers_of(1, proc) == [Server("127.0.0.1", 9000)]
    assert servers_of(20, proc) == [Server("127.0.0.1", 7777)]
    assert servers_of(9, proc) == [Server("127.0.0.1", 9000)]
    assert servers_of(30, proc) == []
    assert servers_of(31, proc) == []


@contextmanager
def saying(answer: bytes) -> Iterator[Server]:
    """Something that says so to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(answer)

        thread = threading.Thread(target=talk)
        thread.start()
        yield Server("127.0.0.1", listening.getsockname()[1])
        thread.join()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", None),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "HTTP 503"),
        (b"SSH-2.0\r\n", "no answer"),
        (b"", "no answer"),
    ],
)
def test_answers(answer: bytes, complaint: str | None) -> None:
    with saying(answer) as server:
        said = ask(server)
    assert (said is None) == (complaint is None)
    assert (said or "").startswith(complaint or "")


def test_nobody_there_and_nobody_knows_where() -> None:
    said = ask(Server("127.0.0.1", 9))
    assert said is not None
    assert "refused" in said
    assert ask(Server("127.0.0.1", 0)) is None


def health(pid: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gpu_service", "health", "--pid", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_real_server_and_one_that_answers_nobody(place: Place, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    serving = place.start("serve", "--port", str(port))
    try:
        assert serving.stderr is not None
        assert serving.stderr.readline() == f"serving on http://127.0.0.1:{port}\n"
        done = health(serving.pid)
        assert (done.returncode, done.stdout) == (0, f"127.0.0.1:{port}: answers\n"), done.stderr
        assert request("GET", f"http://127.0.0.1:{port}/healthz").status == 200
    finally:
        serving.terminate()
        serving.communicate(timeout=30)
    assert serving.returncode == 0

    program = tmp_path / "gpu-service"
    program.write_text("import sys\nprint(flush=True)\nsys.stdin.read()\n")
    words = [sys.executable, str(program), "serve", "--port", str(port)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as silent:
        assert silent.stdout is not None
        silent.stdout.readline()
        done = health(silent.pid)
        silent.communicate()
    assert done.returncode == 1
    assert done.stdout.startswith(f"127.0.0.1:{port}: no answer: ")


def test_a_container_that_is_there_for_a_batch(place: Place) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as batch:
        done = health(batch.pid)
        batch.communicate(b"\n")
    assert (done.returncode, done.stdout) == (0, "no server to ask\n")
