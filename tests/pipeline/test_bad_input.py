"""Sources that can't be read, stores that can't be written, and words that make no sense."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.pipeline.complaints import (
    RESULT_FIELDS,
    lines_of_videos,
    only_line,
    published,
    quiet_afterwards,
    said_in_row,
    shared_place,
    without,
)
from tests.pipeline.conftest import Place
from tests.support.faulty_s3 import Fault, FaultyS3, Request, faulty_s3


@pytest.fixture(scope="module")
def shared(s3_url: str, postgres_url: str) -> Iterator[Place]:
    with shared_place(s3_url, postgres_url) as place:
        yield place


@pytest.fixture
def here(shared: Place, capfd: pytest.CaptureFixture[str]) -> Place:
    """The module's place, heard by this test down to what C libraries print."""
    shared.capture = capfd
    return shared


@pytest.fixture(scope="module")
def bad_s3(s3_url: str) -> Iterator[FaultyS3]:
    with faulty_s3(s3_url) as proxy:
        yield proxy


@dataclass(frozen=True, slots=True)
class Trouble:
    """What S3 does to one video, and what the service has to say of it.

    :param answer: to every request that names the video's key.
    :param says: what the line must name beside the video.
    :param names: where the video is said to be; {raw} is the bucket.
    """

    code: int
    reason: str
    says: tuple[str, ...]
    answer: Fault = field(default_factory=Fault)
    names: str = "s3://{raw}/videos/session_x/video_{number}.mp4"
    env: dict[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()


def _answer(status: int, code: str) -> Fault:
    return Fault(status=status, code=code)


S3_TROUBLES = {
    "missing-key": Trouble(65, "object_missing", ("no such object", "check the key")),
    "missing-bucket": Trouble(
        65, "bucket_missing", ("the bucket does not exist",),
        names="s3://nobody-made-this/videos/session_x/video_{number}.mp4",
    ),
    "impossible-bucket": Trouble(
        2, "usage", ("no name a bucket can have",),
        names="s3://Not_A_Bucket!/videos/session_x/video_{number}.mp4",
    ),
    "denied": Trouble(65, "access_denied", ("access denied",), _answer(403, "AccessDenied")),
    "archived": Trouble(65, "archived", ("restore it",), _answer(403, "InvalidObjectState")),
    "unknown-key-id": Trouble(
        2, "credentials", ("AWS_ACCESS_KEY_ID",), _answer(403, "InvalidAccessKeyId")
    ),
    "wrong-secret": Trouble(
        2, "credentials", ("AWS_SECRET_ACCESS_KEY",), _answer(403, "SignatureDoesNotMatch")
    ),
    "expired-token": Trouble(2, "credentials", ("run out",), _answer(400, "ExpiredToken")),
    "wrong-region": Trouble(
        2, "credentials", ("AWS_REGION",), _answer(400, "AuthorizationHeaderMalformed")
    ),
    "redirected-without-end": Trouble(
        2, "settings", ("AWS_ENDPOINT_URL",), Fault(status=301, body=b"Moved to https")
    ),
    "no-credentials": Trouble(
        2, "credentials", ("AWS_ACCESS_KEY_ID",),
        drop=("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ),
    "throttled": Trouble(75, "s3_error", ("SlowDown",), _answer(503, "SlowDown")),
    "unreachable": Trouble(
        75, "s3_unreachable", ("AWS_ENDPOINT_URL",), env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", S3_TROUBLES)
def test_a_source_that_can_t_be_read(here: Place, bad_s3: FaultyS3, name: str) -> None:
    trouble = S3_TROUBLES[name]
    number = 100 + list(S3_TROUBLES).index(name)
    address = trouble.names.format(raw=here.raw, number=number)
    path = address.removeprefix("s3://")

    def script(request: Request) -> Fault | None:
        # Following a redirect, botocore asks for the bucket alone.
        named = path in request.path or (trouble.answer.status == 301 and request.method == "HEAD")
        return trouble.answer if named else None

    bad_s3.script = script
    env = {"AWS_ENDPOINT_URL": bad_s3.url, "GPU_SERVICE_READ_ATTEMPTS": "2"} | trouble.env
    done = without(here, *trouble.drop).analyze(address, **env)

    line = only_line(done)
    assert line.startswith(f"{address}: failed: {trouble.reason}: ")
    assert line.count(address) == 1
    for words in trouble.says:
        assert words in line
    assert done.code == trouble.code
    result = done.only
    assert set(result) == RESULT_FIELDS
    assert (result["video_id"], result["status"], result["events"]) == (number, "failed", [])
    assert result["error"]["reason"] == trouble.reason
    assert result["error"]["retryable"] == (trouble.code == 75)
    said_in_row(here, result)
    assert here.events(number) == []
    quiet_afterwards(here)


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_an_object_that_goes_while_it_is_read(
    here: Place, bad_s3: FaultyS3, two_shots: Path, how: str
) -> None:
    key = f"videos/session_x/video_{200 + len(how)}{ord(how[0])}.mp4"
    address = here.upload(key, two_shots)

    def change() -> None:
        if how == "deleted":
            here.s3.delete_object(Bucket=here.raw, Key=key)
        else:
            here.upload(key, two_shots.read_bytes() + b"\0")

    bad_s3.script = lambda request: (
        Fault(before=change) if request.method == "GET" and key in request.path else None
    )
    done = here.analyze(address, AWS_ENDPOINT_URL=bad_s3.url)
    line = only_line(done)
    assert done.code == 65
    assert line.startswith(f"{address}: failed: source_changed: changed while it was being read")
    assert "again" in line
    said_in_row(here, done.only)


@pytest.mark.parametrize("how", ["missing", "denied"])
def test_thumbnails_that_can_t_be_stored(
    here: Place, bad_s3: FaultyS3, two_shots: Path, how: str
) -> None:
    number = {"missing": 301, "denied": 302}[how]
    address = here.upload(f"videos/session_x/video_{number}.mp4", two_shots)
    env = {"GPU_SERVICE_THUMBNAILS_BUCKET": "nobody-made-this"}
    if how == "denied":
        env = {"AWS_ENDPOINT_URL": bad_s3.url}
        bad_s3.script = lambda request: (
            _answer(403, "AccessDenied") if request.method == "PUT" else None
        )
    done = here.analyze(address, **env)
    line = only_line(done)
    assert done.code == 2
    assert line.startswith(f"{address}: failed: ")
    assert "GPU_SERVICE_THUMBNAILS_BUCKET" in line
    assert (done.only["frames"] == 0) == (how == "missing"), "nothing is decoded in vain"
    said_in_row(here, done.only)
    assert here.events(number) == []
    assert here.run("verify", str(number)).code == 0


def test_a_batch_goes_on_past_each_and_keeps_what_was_published(
    here: Place, bad_s3: FaultyS3, two_shots: Path
) -> None:
    denied, good = (
        here.upload(f"videos/session_y/video_{number}.mp4", two_shots) for number in (501, 502)
    )
    assert here.analyze(denied).code == 0
    rows, keys = here.events(501), here.keys()
    bad_s3.script = lambda request: (
        _answer(403, "AccessDenied") if "video_501" in request.path else None
    )
    sources = [
        denied,
        f"s3://{here.raw}/videos/session_y/video_503.mp4",
        "s3://nobody-made-this/videos/session_y/video_504.mp4",
        "/nowhere/at all.mp4",
        good,
    ]
    done = here.analyze(*sources, AWS_ENDPOINT_URL=bad_s3.url)
    assert done.code == 65
    assert len(done.results) == len(sources)
    found = {result["source"]: result for result in done.results}
    assert [(found[source]["error"] or {}).get("reason") for source in sources] == [
        "access_denied", "object_missing", "bucket_missing", "object_missing", None,
    ]  # fmt: skip
    assert len(lines_of_videos(done.errors)) == len(sources), done.errors
    for result in done.results:
        said_in_row(here, result)
    assert here.events(501) == rows
    assert here.keys() > keys


_CLOSED_TO_ROOT = Path("/proc/sys/vm/compact_memory")
"""Write-only for everybody, while root reads any file of a common file system."""


def _no_file(folder: Path, kind: str) -> Path:
    path = folder / "video.mp4"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "two-lines":
        return folder / "one\ntwo.mp4"
    elif kind == "terminal-codes":
        return folder / "\x1b[31mred.mp4"
    elif kind == "unreadable":
        path.write_bytes(b"a secret")
        path.chmod(0)
        return _CLOSED_TO_ROOT if os.geteuid() == 0 and _CLOSED_TO_ROOT.exists() else path
    return path


@pytest.mark.parametrize(
    ("kind", "reason", "says"),
    [
        pytest.param("missing", "object_missing", "No such file", id="missing"),
        pytest.param("folder", "not_a_file", "is a folder", id="folder"),
        pytest.param("pipe", "not_a_file", "not a regular file", id="pipe"),
        pytest.param("unreadable", "access_denied", "Permission denied", id="unreadable"),
        pytest.param("two-lines", "object_missing", "No such file", id="two-lines"),
        pytest.param("terminal-codes", "object_missing", "No such file", id="terminal-codes"),
    ],
)
def test_a_path_that_is_no_file(
    here: Place, tmp_path: Path, kind: str, reason: str, says: str
) -> None:
    path = _no_file(tmp_path, kind)
    done = here.analyze(str(path))
    assert done.code == 65
    line = only_line(done)
    assert line.startswith(str(path.parent))
    assert f"failed: {reason}: " in line
    assert says in line
    assert done.only["source"] == str(path)
    said_in_row(here, done.only)


def test_what_all_of_it_left_is_sound(here: Place) -> None:
    assert here.keys() == published(here)
    verified = here.run("verify")
    assert verified.code == 0, verified.errors
