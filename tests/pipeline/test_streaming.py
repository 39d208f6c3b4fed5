"""What readers see while a video still arrives, and what is left when it stops arriving."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.conftest import Place, draw_cuts
from tests.pipeline.holds import Gate, Sql, is_read, is_thumbnail
from tests.pipeline.processes import Commands
from tests.pipeline.state import State, left_in, new_place, state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

KEY = "videos/session_7/video_42.mp4"
SMALL_READS = {"GPU_SERVICE_PART_BYTES": "65536", "GPU_SERVICE_PARTS_IN_FLIGHT": "1"}


@pytest.fixture(scope="session")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 frames, seven cuts, about 1 MB, its index first."""
    encoding = ("-s", "256x192", "-crf", "3", "-g", "24", "-movflags", "+faststart")
    hues = ("300", "60", "180", "20", "240", "100", "330", "150")
    path = tmp_path_factory.mktemp("drawn") / "long.mp4"
    return draw_cuts(path, colours=hues, seconds=1.2, encoding=encoding)


_whole: dict[str, State] = {}


@pytest.fixture
def whole(place: Place, long: Path) -> State:
    """What an analysis of ``long`` leaves behind when nothing goes wrong."""
    if "state" not in _whole:
        quiet = new_place(place)
        done = quiet.analyze(quiet.upload(KEY, long))
        assert done.code == 0, done.errors
        _whole["state"] = state_of(quiet)
        quiet.s3.close()
    assert len(_whole["state"].events) == 8
    return _whole["state"]


class Halt:
    """A script for the proxy: reads from a place in the object on wait at a gate."""

    def __init__(self, place: Place, from_byte: int) -> None:
        self.gate = Gate()
        self._place = place
        self._from_byte = from_byte

    def __call__(self, request: Request) -> Fault | None:
        if is_read(request, self._place) and request.start >= self._from_byte:
            return Fault(before=self.gate.wait)
        return None


@pytest.fixture
def halfway(place: Place, proxy: FaultyS3, long: Path) -> Iterator[Halt]:
    halt = Halt(place, long.stat().st_size * 7 // 8)
    proxy.script = halt
    yield halt
    halt.gate.open()


def assert_beginning_of(whole: State, seen: State) -> None:
    """The rows that are there are those that will be there, each with its object."""
    assert seen.timeline == whole.timeline[: len(seen.timeline)]
    assert seen.videos[0]["status"] == "running"


def test_rows_are_committed_while_the_video_arrives(
    place: Place,
    sql: Sql,
    commands: Commands,
    long: Path,
    whole: State,
    halfway: Halt,
    proxy: FaultyS3,
) -> None:
    place.upload(KEY, long)
    running = commands.analyze(f"s3://{place.raw}/{KEY}", AWS_ENDPOINT_URL=proxy.url, **SMALL_READS)
    sql.wait_for("SELECT count(*) >= 2 FROM event WHERE video_id = 42")
    assert_beginning_of(whole, state_of(place))
    halfway.gate.open()
    done = running.outcome()
    assert done.code == 0, done.errors
    assert state_of(place) == whole
    assert done.only["bytes_read"] == done.only["object_size"]


def test_a_killed_run_leaves_its_beginning_and_the_next_completes_it(
    place: Place,
    sql: Sql,
    commands: Commands,
    long: Path,
    whole: State,
    halfway: Halt,
    proxy: FaultyS3,
) -> None:
    address = place.upload(KEY, long)
    running = commands.analyze(address, AWS_ENDPOINT_URL=proxy.url, **SMALL_READS)
    sql.wait_for("SELECT count(*) >= 2 FROM event WHERE video_id = 42")
    running.kill()
    sql.await_no_service()
    assert_beginning_of(whole, left_in(place))
    again = place.analyze(address)
    assert again.code == 0, again.errors
    assert state_of(place) == whole
    assert place.run("verify").code == 0


def test_an_object_replaced_on_the_way_takes_its_events_along(
    place: Place, sql: Sql, commands: Commands, long: Path, halfway: Halt, proxy: FaultyS3
) -> None:
    place.upload(KEY, long)
    running = commands.analyze(f"s3://{place.raw}/{KEY}", AWS_ENDPOINT_URL=proxy.url, **SMALL_READS)
    sql.wait_for("SELECT count(*) >= 2 FROM event WHERE video_id = 42")
    place.upload(KEY, long.read_bytes() + b"more")
    halfway.gate.open()
    done = running.outcome()
    assert (done.code, done.only["error"]["reason"]) == (65, "source_changed")
    left = state_of(place)
    assert (left.events, left.intents, left.objects) == ([], [], {})
    assert place.run("verify").code == 0


def test_a_result_that_readers_see_is_replaced_whole(
    place: Place, sql: Sql, commands: Commands, long: Path, whole: State, proxy: FaultyS3
) -> None:
    address = place.upload(KEY, long)
    assert place.analyze(address, GPU_SERVICE_MIN_EVENT_SECONDS="60").code == 0
    (before,) = place.events(42)
    seen: list[int] = []

    def look(request: Request) -> Fault | None:
        if is_thumbnail(request):
            seen.append(len(place.events(42)))
        return None

    proxy.script = look
    done = commands.analyze(address, AWS_ENDPOINT_URL=proxy.url, **SMALL_READS).outcome()
    assert done.code == 0, done.errors
    assert seen == [1] * 8, "the one event of before"
    assert before["id"] not in {row["id"] for row in place.events(42)}
    assert state_of(place) == whole


@pytest.mark.parametrize(
    "budget", ["GPU_SERVICE_FRAMES_BUDGET_BYTES", "GPU_SERVICE_PACKETS_BUDGET_BYTES"]
)
def test_the_smallest_budget_changes_nothing(
    budget: str, place: Place, long: Path, whole: State
) -> None:
    done = place.analyze(place.upload(KEY, long), **{budget: str(1024 * 1024)})
    assert done.code == 0, done.errors
    assert state_of(place) == whole


def test_many_videos_at_once_are_as_each_alone(
    place: Place, long: Path, clip: Path, whole: State, undisturbed: State
) -> None:
    keys = [f"videos/session_{number}/video_{number + 1}.mp4" for number in range(5)]
    sources = [place.upload(key, clip) for key in keys]
    sources.insert(2, place.upload(KEY, long))
    sources.insert(3, place.upload("videos/bad.mp4", b"no video"))

    done = place.analyze(*sources, GPU_SERVICE_CONCURRENCY="4")

    assert done.code == 65
    by_source = {result["source"]: result for result in done.results}
    assert set(by_source) == set(sources)
    assert by_source[sources[3]]["status"] == "failed"
    times = [row["start_time"] for row in undisturbed.events]
    for source in sources:
        if source.endswith("bad.mp4"):
            continue
        found = by_source[source]
        assert found["status"] == "complete"
        expected = [row["start_time"] for row in whole.events] if source.endswith(KEY) else times
        assert [event["start_time"] for event in found["events"]] == expected
    assert place.run("verify").code == 0


def test_the_same_source_twice_has_its_turns(place: Place, clip: Path) -> None:
    address = place.upload(KEY, clip)

    done = place.analyze(address, address)

    assert done.code == 0, done.errors
    first, second = done.results
    assert first["events"] == second["events"]
