"""What a run may use is dealt out whole."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.pipeline.timeline_events import result_fingerprint
from gpu_service.processes.share import process_count, shares
from gpu_service.settings import MiB, Settings

LEAST = {
    "concurrency": 1,
    "frames_budget_bytes": MiB,
    "packets_budget_bytes": MiB,
    "uploads_in_flight": 1,
    "pool_size": 2,
    "model_threads": 1,
}


def used(settings: Settings) -> dict[str, int]:
    """What several processes would use more of than one."""
    branches = (settings.pipeline, settings.thumbnail, settings.database, settings.detect)
    return {name: getattr(b, name) for b in branches for name in LEAST if hasattr(b, name)}


def with_values(values: dict[str, int]) -> Settings:
    settings = Settings()
    changed = {
        branch: getattr(settings, branch).model_copy(
            update={n: v for n, v in values.items() if hasattr(getattr(settings, branch), n)}
        )
        for branch in ("pipeline", "thumbnail", "database", "detect")
    }
    return settings.model_copy(update=changed)


@given(
    processes=st.integers(1, 64),
    values=st.fixed_dictionaries(
        {
            "concurrency": st.integers(64, 256),
            "frames_budget_bytes": st.integers(MiB, 2**40),
            "packets_budget_bytes": st.integers(MiB, 2**40),
            "uploads_in_flight": st.integers(1, 256),
            "pool_size": st.integers(2, 64),
            "model_threads": st.integers(1, 128),
        }
    ),
)
def test_the_parts_are_the_whole_but_for_the_least(processes: int, values: dict[str, int]) -> None:
    parts = [used(share) for share in shares(with_values(values), processes)]
    assert len(parts) == processes
    for name, whole in values.items():
        each = [part[name] for part in parts]
        assert min(each) >= LEAST[name]
        if whole >= processes * LEAST[name]:
            assert sum(each) == whole
            assert max(each) - min(each) <= 1
        else:
            assert set(each) <= {LEAST[name], LEAST[name] + 1}


def test_the_parts_are_settings_of_one_process_with_the_same_results() -> None:
    settings = with_values({"processes": 3, "jpeg_quality": 70, "max_width": 99})
    settings = settings.model_copy(update={"device": "cpu", "log_level": "DEBUG"})
    for share in shares(settings, 3):
        assert share.pipeline.processes == 1
        assert result_fingerprint(share, "weights") == result_fingerprint(settings, "weights")
        said = set(settings.model_dump()) - {"pipeline", "detect", "thumbnail", "database"}
        assert share.model_dump(include=said) == settings.model_dump(include=said)
        assert share.detect.weights == settings.detect.weights


def test_the_only_part_is_the_whole() -> None:
    whole = with_values({"model_threads": 3})
    assert shares(whole, 1) == [whole]


def test_threads_that_nobody_has_set_are_those_of_the_cores() -> None:
    cores = len(os.sched_getaffinity(0))
    threads = [share.detect.model_threads for share in shares(Settings(), 2)]
    assert sum(threads) == max(2, cores)


@pytest.mark.parametrize(
    ("asked", "concurrency", "videos", "count"),
    [(1, 4, 9, 1), (3, 4, 9, 3), (8, 4, 9, 4), (8, 16, 2, 2), (8, 16, 1, 1), (8, 16, 0, 1)],
)
def test_no_more_processes_than_can_have_a_video(
    asked: int, concurrency: int, videos: int, count: int
) -> None:
    settings = with_values({"processes": asked, "concurrency": concurrency})
    assert process_count(settings, videos) == count
