"""``serve`` with words or a set-up that it can't work with: one line, before anything is loaded."""

from __future__ import annotations

import socket
import sys

import pytest

from tests.pipeline.conftest import Place


def test_without_the_extra(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("gpu_service.http.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    done = place.run("serve")
    assert done.code == 2
    (line,) = done.errors.splitlines()
    assert line.startswith("gpu-service: not_installed: the HTTP server is not installed")
    assert line.endswith("pip install 'gpu-service[http]'")


def test_without_a_database(place: Place) -> None:
    done = place.run("serve", DATABASE_URL="")
    assert done.code == 2
    assert "DATABASE_URL is not set" in done.errors


def test_a_port_that_is_taken(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = place.run("serve", "--port", str(port))
    assert done.code == 2
    (line,) = done.errors.splitlines()
    assert line.startswith(f"gpu-service: address: can't listen on 127.0.0.1 port {port}: ")
    assert line.endswith("give another --host or --port")


@pytest.mark.parametrize("host", ["203.0.113.1", "nobody.invalid"])
def test_a_host_that_is_not_here(place: Place, host: str) -> None:
    done = place.run("serve", "--host", host, "--port", "0")
    assert done.code == 2
    assert f"can't listen on {host} port 0" in done.errors


def test_a_database_that_is_down(place: Place) -> None:
    done = place.run("serve", "--port", "0", DATABASE_URL="postgresql://me:hush@127.0.0.1:9/x")
    assert done.code == 75
    assert done.errors.splitlines()[-1].startswith("gpu-service: database_down:")
    assert "hush" not in done.errors


def test_a_device_that_is_not_here(place: Place) -> None:
    done = place.run("serve", "--port", "0", "--device", "cuda")
    assert done.code == 2
    assert "cuda" in done.errors.splitlines()[-1].lower()


def test_who_listens_for_everybody_is_told_what_that_means(place: Place) -> None:
    done = place.run("serve", "--host", "0.0.0.0", "--port", "0", GPU_SERVICE_WEIGHTS="nowhere.pth")
    assert done.code == 2
    assert "it asks nobody who they are" in done.errors
    done = place.run("serve", "--port", "0", GPU_SERVICE_WEIGHTS="nowhere.pth")
    assert "it asks nobody who they are" not in done.errors


@pytest.mark.parametrize("words", [("--port", "70000"), ("--port", "-1"), ("--device", "tpu")])
def test_words_that_can_t_be(place: Place, words: tuple[str, str]) -> None:
    assert place.run("serve", *words).code == 2
