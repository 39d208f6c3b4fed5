"""Settings, databases and local folders that can't work: one line, no work begun."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gpu_service.local.postgres import embedded_postgres
from tests.pipeline.complaints import (
    RESULT_FIELDS,
    check_line,
    only_line,
    quiet_afterwards,
    shared_place,
    without,
)
from tests.pipeline.conftest import Place, json_lines

_SECRET = "s3cr3t"


@pytest.fixture(scope="module")
def shared(s3_url: str, postgres_url: str) -> Iterator[Place]:
    with shared_place(s3_url, postgres_url) as place:
        yield place


@pytest.fixture
def here(shared: Place, capfd: pytest.CaptureFixture[str]) -> Place:
    """The module's place, heard by this test down to what C libraries print."""
    shared.capture = capfd
    return shared


@dataclass(frozen=True, slots=True)
class Refusal:
    """An environment and what the command says of it; ``{url}`` is the database's."""

    reason: str
    says: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    code: int = 2


def _setting(name: str, value: str, *says: str) -> Refusal:
    return Refusal("settings", (name, *says), {name: value})


def _database(url: str, reason: str, *says: str, code: int = 2) -> Refusal:
    return Refusal(reason, says, {"DATABASE_URL": url}, code=code)


REFUSALS = {
    "database-url-missing": Refusal(
        "settings", ("DATABASE_URL is not set", "--local"), drop=("DATABASE_URL",)
    ),
    "database-url-empty": _database("", "settings", "DATABASE_URL is not set"),
    "database-url-no-url": _database("my database", "settings", "DATABASE_URL", "postgresql://"),
    "database-url-of-mysql": _database("mysql://u@h/d", "settings", "DATABASE_URL", "mysql"),
    "database-url-with-a-slash-in-its-password": _database(
        f"postgresql://u:{_SECRET}/x@h/d", "settings", "DATABASE_URL", "percent-encoded"
    ),
    "database-unreachable": _database(
        f"postgresql://u:{_SECRET}@127.0.0.1:1/videos", "database_down",
        "'videos' on 127.0.0.1", "check that it runs", code=75,
    ),
    "database-host-unknown": _database(
        f"postgresql://u:{_SECRET}@nowhere.invalid/videos", "database_down",
        "nowhere.invalid", "DATABASE_URL", code=75,
    ),
    "database-not-there": _database("{other}", "database_missing", "'nobody_made_this'", "create"),
    "database-role-unknown": _database("{nobody}", "database_credentials", "nobody"),
    "not-migrated": Refusal(
        "not_migrated", ("gpu-service migrate", "t_empty"), {"GPU_SERVICE_SCHEMA": "t_empty"}
    ),
    "cuda": Refusal("no_cuda", ("--device cuda", "cpu"), words=("--device", "cuda")),
    "cuda-by-setting": Refusal("no_cuda", ("cuda",), {"GPU_SERVICE_DEVICE": "cuda"}),
    "profile-unknown": Refusal("credentials", ("nobody",), {"AWS_PROFILE": "nobody"}),
    "endpoint-no-url": Refusal("settings", ("AWS_ENDPOINT_URL",), {"AWS_ENDPOINT_URL": "here"}),
    "weights-missing": Refusal("weights", ("/nowhere.pth",), {"GPU_SERVICE_WEIGHTS": "/nowhere.pth"}),
    "weights-missing-in-s3": Refusal(
        "weights", ("s3://nobody-made-this/w.pth",),
        {"GPU_SERVICE_WEIGHTS": "s3://nobody-made-this/w.pth"},
    ),
    "setting-misspelt": _setting("GPU_SERVICE_THRESHHOLD", "0.5", "GPU_SERVICE_THRESHOLD?"),
    "setting-above-range": _setting("GPU_SERVICE_THRESHOLD", "2", "less than 1"),
    "setting-below-range": _setting("GPU_SERVICE_MIN_EVENT_SECONDS", "-1", "greater than"),
    "setting-infinite": _setting("GPU_SERVICE_MIN_EVENT_SECONDS", "inf", "finite"),
    "setting-no-number": _setting("GPU_SERVICE_PART_BYTES", "8M", "'8M'", "integer"),
    "setting-no-choice": _setting("GPU_SERVICE_DEVICE", "gpu", "'auto', 'cpu' or 'cuda'"),
    "setting-empty-bucket": _setting("GPU_SERVICE_THUMBNAILS_BUCKET", "", "at least 1"),
    "setting-bad-schema": _setting("GPU_SERVICE_SCHEMA", 'a"; DROP', "pattern"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_a_set_up_that_can_t_work(here: Place, name: str) -> None:
    refusal = REFUSALS[name]
    urls = {
        "{other}": here.database_url.replace("/postgres?", "/nobody_made_this?"),
        "{nobody}": here.database_url.replace("//postgres:", "//nobody:"),
    }
    env = {variable: urls.get(value, value) for variable, value in refusal.env.items()}
    address = f"s3://{here.raw}/videos/session_7/video_42.mp4"
    place = without(here, *refusal.drop)
    done = place.analyze(address, *refusal.words, **env)

    line = only_line(done)
    assert line.startswith(f"gpu-service: {refusal.reason}: ")
    for words in refusal.says:
        assert words in line
    assert _SECRET not in f"{done.errors}{done.results}"
    assert done.code == refusal.code
    result = done.only
    assert set(result) == RESULT_FIELDS
    assert (result["video_id"], result["session_id"]) == (42, "7")
    assert (result["source"], result["status"]) == (address, "failed")
    assert result["error"]["reason"] == refusal.reason
    assert result["error"]["message"] in line
    assert result["error"]["retryable"] == (refusal.code == 75)
    assert here.rows("SELECT id FROM video") == []
    assert here.keys() == set()
    quiet_afterwards(here)


@pytest.mark.parametrize(
    "source",
    ["https://example.invalid/a.mp4", "FTP://h/a.mp4", "file:///a.mp4", "s3://bucket", "s3:///key",
     "s3:/bucket/key", "S3:bucket", ""],
)  # fmt: skip
def test_an_address_that_is_none(here: Place, source: str) -> None:
    done = here.analyze(source)
    line = only_line(done)
    assert done.code == 2
    assert line.startswith("gpu-service: usage: ")
    assert source in line
    assert "s3://bucket/key" in line


def test_a_session_that_no_key_can_hold(here: Place, two_shots: Path) -> None:
    done = here.analyze(here.upload("videos/a.mp4", two_shots), "--session", "a/../b")
    assert done.code == 2
    assert "--session" in only_line(done)
    assert done.only["error"]["reason"] == "bad_key"


@dataclass
class Local:
    """A ``--local`` folder whose database runs as long as this module's tests."""

    folder: Path
    environment: dict[str, str]
    changes: dict[str, str]

    def run(self, *words: str, before: str = "") -> subprocess.CompletedProcess[str]:
        """A command as a process of its own, ``before`` in its shell."""
        command = f'{before} exec "$@"'
        return subprocess.run(
            ["sh", "-c", command, "sh", sys.executable, "-m", "gpu_service", *words, "--local"],
            env=self.environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def files(self) -> set[Path]:
        """The visible objects and whatever is still being written."""
        objects = self.folder / "objects"
        return {path for path in objects.rglob("*") if path.is_file() and path.name != "lock"}


@pytest.fixture(scope="module")
def local(shared: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    folder = tmp_path_factory.mktemp("local")
    changes = {
        "GPU_SERVICE_LOCAL_DIR": str(folder), "GPU_SERVICE_SCHEMA": "public", "DATABASE_URL": "",
    }  # fmt: skip
    with embedded_postgres(folder / "postgres"):
        yield Local(folder, shared.environment | changes, changes)


def test_a_full_disk_leaves_nothing_half_written(
    here: Place, local: Local, two_shots: Path
) -> None:
    words = ("analyze", "--json", "--video-id", "7", str(two_shots))
    full = local.run(*words, before="ulimit -f 4;")
    assert full.returncode == 75
    (line,) = full.stderr.splitlines()
    check_line(line)
    assert line.startswith(f"{two_shots}: failed: disk_full: ")
    assert "the disk is full" in line
    (result,) = json_lines(full.stdout)
    assert result["error"]["retryable"]
    assert not [path for path in local.files() if path.suffix == ".jpg"]
    assert not list(local.folder.rglob("staging/*"))

    done = here.run(*words, "--local", **local.changes)
    assert done.code == 0, done.errors
    verified = here.run("verify", "--local", **local.changes)
    assert verified.code == 0, verified.errors


def test_a_folder_that_can_t_be_written(local: Local, two_shots: Path) -> None:
    bucket = next((local.folder / "objects").iterdir(), local.folder / "objects" / "b")
    bucket.mkdir(parents=True, exist_ok=True)
    before = f"chmod -R a-w '{bucket}';"
    words = ["analyze", "--json", "--video-id", "8", str(two_shots)]
    if os.geteuid() == 0:
        mount = f"mount -t tmpfs -o ro tmpfs '{local.folder}/objects'"
        probe = subprocess.run(["unshare", "--mount", "sh", "-c", mount], check=False)
        if probe.returncode != 0:
            pytest.skip("root can write everywhere, and nothing can be mounted here")
        before = f'exec unshare --mount sh -c "{mount} && exec \\"\\$@\\"" sh "$@";'
    done = local.run(*words, before=before)
    subprocess.run(["chmod", "-R", "u+w", str(bucket)], check=True)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    check_line(line)
    assert line.startswith(f"{two_shots}: failed: access_denied: ")
    assert "GPU_SERVICE_LOCAL_DIR" in line
    (result,) = json_lines(done.stdout)
    assert result["frames"] == 0, "nothing is decoded in vain"


@pytest.mark.parametrize("where", ["a-file", "below-a-file", "foreign-data"])
def test_a_local_folder_that_can_t_be_one(
    here: Place, tmp_path: Path, two_shots: Path, where: str
) -> None:
    folder = tmp_path / "local"
    if where == "foreign-data":
        (folder / "postgres").mkdir(parents=True)
        (folder / "postgres" / "mine.txt").write_text("not a database's")
    else:
        folder.write_text("a file")
    setting = folder / "below" if where == "below-a-file" else folder
    done = here.analyze(str(two_shots), "--local", GPU_SERVICE_LOCAL_DIR=str(setting))
    line = only_line(done)
    assert done.code == 2
    assert "GPU_SERVICE_LOCAL_DIR" in line
    assert str(folder) in line
    quiet_afterwards(here)
