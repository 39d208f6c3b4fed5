from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.figures import WrongResultsError
from benchmarks.place import Place
from benchmarks.process import Finished
from benchmarks.rivals.base import Attempt, check_stored, run_child
from benchmarks.s3.site import THUMBNAILS_BUCKET

_FINISHED = Finished(0, 0.0, 1.0, 1.0, 1, "")


def test_a_child_works_on_every_video_and_says_what_it_found(
    bench_place: Place, tmp_path: Path
) -> None:
    videos = []
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_text(name)
        videos.append(bench_place.upload(tmp_path / name))
    attempt = run_child(bench_place, "tests.benchmarks.rivals.child", videos, log="child")
    assert attempt.events == {video.name: [(0.0, float(video.number))] for video in videos}
    assert attempt.pictures == {"a.mp4": 1, "b.mp4": 1}
    assert attempt.frames == {"a.mp4": [(0, 5)], "b.mp4": [(0, 5)]}
    assert (bench_place.scratch / "b.mp4.seen").read_text() == "b.mp4"
    # Start-up is in the one and not in the other.
    assert 0 < attempt.work_seconds < attempt.seconds


def test_a_child_that_fails_gives_no_attempt(bench_place: Place) -> None:
    with pytest.raises(RuntimeError, match="ended with 1"):
        run_child(bench_place, "tests.benchmarks.rivals.no_such_child", [], log="none")


@pytest.mark.parametrize(
    ("rows", "shown", "keys", "sound"),
    [
        (2, 2, 2, True),
        (1, 1, 2, False),
        (2, 1, 2, False),
        (2, 2, 1, False),
        (2, 2, 3, False),
    ],
)
def test_what_an_attempt_says_must_be_stored(
    bench_place: Place, rows: int, shown: int, keys: int, sound: bool
) -> None:
    bench_place.clear()
    asyncio.run(bench_place.execute(_rows(rows, shown)))
    for number in range(keys):
        bench_place.s3.direct.put_object(
            Bucket=THUMBNAILS_BUCKET, Key=f"events/event_{number}/frame_0.jpg", Body=b"x"
        )
    bench_place.s3.direct.put_object(
        Bucket=THUMBNAILS_BUCKET, Key="events/sessions/1/timeline_overview.jpg", Body=b"x"
    )
    attempt = Attempt(_FINISHED, 1.0, {"a": [(0.0, 1.0), (1.0, 2.0)]}, {"a": 2})
    if sound:
        check_stored(bench_place, "event", attempt)
    else:
        with pytest.raises(WrongResultsError, match="said: 2 events, 2 thumbnails"):
            check_stored(bench_place, "event", attempt)


def _rows(count: int, shown: int) -> str:
    statements = [
        "INSERT INTO video (id, s3_bucket, s3_key, status) VALUES (7, 'b', 'k', 'running')"
    ]
    statements += [
        "INSERT INTO event (id, video_id, start_time, end_time, has_thumbnail) "
        f"VALUES ({number}, 7, 0, 1, {number < shown})"
        for number in range(count)
    ]
    return "; ".join(statements)
