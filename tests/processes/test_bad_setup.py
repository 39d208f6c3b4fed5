"""What is wrong with the set-up of every process is said as often as with one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from gpu_service.console.plain import plain
from tests.pipeline.complaints import lines_of_videos, only_line
from tests.pipeline.conftest import Outcome, Place
from tests.processes.alive import processes_of
from tests.processes.stand_in import SAYS


@dataclass(frozen=True, slots=True)
class Refusal:
    """A setting, and how the command ends by it."""

    name: str
    value: str
    reason: str
    code: int


REFUSALS = [
    Refusal("DATABASE_URL", "postgresql://me:hush@127.0.0.1:9/x", "database_down", 75),
    Refusal("GPU_SERVICE_SCHEMA", "nobody_made_this", "not_migrated", 2),
    Refusal("GPU_SERVICE_WEIGHTS", "/nowhere.pth", "weights", 2),
]


def sources_of(done: Outcome) -> list[str]:
    return sorted(result["source"] for result in done.results)


def analyze(place: Place, video: Path, **changes: str) -> Outcome:
    sources = [place.upload(f"videos/session_7/video_{n}.mp4", video) for n in (1, 2, 3)]
    return place.analyze(*sources, "--processes", "2", **changes)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.reason)
def test_it_is_one_line_and_an_object_for_each_video(
    place: Place, two_shots: Path, refusal: Refusal
) -> None:
    done = analyze(place, two_shots, **{refusal.name: refusal.value})
    assert done.code == refusal.code
    line = only_line(done)
    assert line.startswith(f"gpu-service: {refusal.reason}: ")
    assert "hush" not in line
    assert [result["error"]["reason"] for result in done.results] == [refusal.reason] * 3
    assert processes_of(os.getpid()) == set()


@pytest.mark.usefixtures("stand_ins")
def test_what_fails_videos_fails_each_of_them_and_no_process(place: Place, two_shots: Path) -> None:
    nobody = "nobody-made-this"
    done = analyze(
        place,
        two_shots,
        GPU_SERVICE_THUMBNAILS_BUCKET=nobody,
        GPU_SERVICE_DEVICE="cpu",
    )
    assert done.code == 2
    assert [result["error"]["reason"] for result in done.results] == ["bucket_missing"] * 3
    lines = lines_of_videos(done.errors)
    failed = [line for line in lines if f"failed: bucket_missing: asking for s3://{nobody}" in line]
    assert len(failed) == 3
    assert not [line for line in lines if line.startswith("gpu-service:")]
    assert "one process less" not in done.errors
    # What a process logs is there as well, but for what would move a terminal's cursor.
    assert "\x1b" not in done.errors
    logged = [line for line in lines if " WARNING " in line and plain(SAYS) in line]
    assert sorted(line.partition(SAYS[1:])[2] for line in logged) == sources_of(done)
