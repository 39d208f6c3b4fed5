"""What is no video, or no whole one, by the command line: one batch, one process, a look at each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.decode.clips import CLIPS, draw
from tests.pipeline.bad_files import BAD_FILES
from tests.pipeline.complaints import (
    RESULT_FIELDS,
    check_line,
    lines_of_videos,
    only_line,
    published,
    said_in_row,
    shared_place,
)
from tests.pipeline.conftest import Place, json_lines


@dataclass
class Batch:
    """What one ``analyze`` of all the files said."""

    place: Place
    addresses: dict[str, str]
    good: str
    code: int
    results: dict[str, dict[str, Any]]
    lines: dict[str, list[str]]
    stderr: str


@pytest.fixture(scope="module")
def batch(
    s3_url: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Batch]:
    folder = tmp_path_factory.mktemp("bad")

    @cache
    def clip(name: str) -> Path:
        (folder / name).mkdir()
        return draw(CLIPS[name], folder / name)

    with shared_place(s3_url, postgres_url) as place:
        addresses = {}
        for number, (name, bad) in enumerate(BAD_FILES.items(), 1):
            room = folder / f"for-{name}"
            room.mkdir()
            key = f"videos/session_bad/video_{number}.{bad.suffix}"
            addresses[name] = place.upload(key, bad.make(clip, room))
        good = place.upload("videos/session_bad/video_99.mp4", clip("mp4"))
        everything = [*addresses.values(), good]
        with place.start("analyze", "--json", *everything) as process:
            stdout, stderr = process.communicate(timeout=170)
        results = {result["source"]: result for result in json_lines(stdout)}
        said = lines_of_videos(stderr)
        lines = {address: [line for line in said if address in line] for address in everything}
        yield Batch(place, addresses, good, process.returncode, results, lines, stderr)


@pytest.mark.parametrize("name", BAD_FILES)
def test_each_has_its_line_its_object_and_its_row(batch: Batch, name: str) -> None:
    bad, address = BAD_FILES[name], batch.addresses[name]
    result, (line,) = batch.results[address], batch.lines[address]

    assert set(result) == RESULT_FIELDS
    assert result["status"] == bad.status, line
    check_line(line)
    assert line.count(address) == 1
    error = result["error"]
    if bad.reason is None:
        assert error is None
    else:
        assert error["reason"] == bad.reason
        assert not error["retryable"]
        assert address in error["message"]
        assert bad.reason in line
        for words in bad.says:
            assert words.lower() in line.lower()
    said_in_row(batch.place, result)

    keys = {event["s3_thumbnail_key"] for event in result["events"]}
    rows = {row["s3_thumbnail_key"] for row in batch.place.events(result["video_id"])}
    assert keys == rows
    assert bool(keys) == (bad.status != "failed")
    if bad.status == "partial":
        assert result["frames"] > 10
    assert result["duration"] is None or result["events"][-1]["end_time"] <= result["duration"]


def test_the_batch_goes_on_and_leaves_nothing_half_written(
    batch: Batch, capfd: pytest.CaptureFixture[str]
) -> None:
    place = batch.place
    place.capture = capfd
    assert batch.code == 65
    assert len(lines_of_videos(batch.stderr)) == len(BAD_FILES) + 1, batch.stderr
    assert batch.results.keys() == {*batch.addresses.values(), batch.good}
    assert batch.results[batch.good]["status"] == "complete"
    assert place.keys() == published(place)
    verified = place.run("verify")
    assert verified.code == 0, verified.errors


@pytest.mark.parametrize("name", ["text-named-mp4", "truncated-mkv"])
def test_one_alone_ends_with_the_input_s_exit_code(
    batch: Batch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    batch.place.capture = capfd
    done = batch.place.analyze(batch.addresses[name])
    assert done.code == 65
    assert only_line(done).count(batch.addresses[name]) == 1
    before = batch.results[batch.addresses[name]]
    assert [event["id"] for event in done.only["events"]] == [e["id"] for e in before["events"]]
