"""What a run's processes tell, and what ends all of them."""

from __future__ import annotations

import os

import pytest

from gpu_service.errors import GPU_FAILED, InternalError, SettingsError, TransientError
from tests.processes.alive import processes_of
from tests.processes.heard import Heard, job
from tests.processes.talker import TALKER

pytestmark = pytest.mark.anyio


async def test_each_has_a_video_when_it_has_room_for_one() -> None:
    heard = Heard()
    jobs = [job(str(number)) for number in range(20)]
    assert await heard.analyze(jobs) == 0
    assert heard.ended == dict.fromkeys(map(str, range(20)), "complete")
    assert heard.under_way == []
    assert heard.record.summary().occupancy.places == 2


async def test_progress_is_passed_on() -> None:
    heard = Heard()
    assert await heard.analyze([job("a"), job("b")]) == 0
    for one in (job("a"), job("b")):
        told = [event for of, event in heard.progress if of == one]
        assert [(event.stage, event.phase) for event in told] == [("detect", "progress")] * 2
        assert [event.fields["done"] for event in told] == [5, 10]


async def test_what_is_wrong_with_the_set_up_is_said_once_and_ends_all() -> None:
    heard = Heard()
    with pytest.raises(SettingsError, match="no such bucket") as caught:
        await heard.analyze([job("a"), job("b")], (*TALKER, "1:fails", "2:waits"))
    assert caught.value.reason == "bucket_missing"
    assert (heard.results, heard.lines) == ([], [])
    assert processes_of(os.getpid()) == set()


async def test_one_whose_gpu_fails_leaves_the_rest_to_the_other() -> None:
    heard = Heard()
    assert await heard.analyze([job("a", "loses_its_gpu"), *map(job, "bcd")]) == 70
    assert heard.ended == {"a": GPU_FAILED} | dict.fromkeys("bcd", "complete")
    broken = heard.results[[*heard.ended].index("a")].backend
    rest = {result.backend for result in heard.results} - {broken}
    assert len(rest) == 1


async def test_one_that_never_had_a_gpu_leaves_all_to_the_other() -> None:
    heard = Heard()
    assert await heard.analyze([*map(job, "abc")], (*TALKER, "1:loses_its_gpu")) == 0
    assert {result.backend for result in heard.results} == {"process 2"}


async def test_one_without_room_on_the_gpu_leaves_all_to_the_other() -> None:
    heard = Heard()
    assert await heard.analyze([*map(job, "abc")], (*TALKER, "1:has_no_room")) == 0
    assert {result.backend for result in heard.results} == {"process 2"}


async def test_nobody_with_room_on_the_gpu_ends_the_run() -> None:
    program = (*TALKER, "1:has_no_room", "2:has_no_room")
    with pytest.raises(TransientError) as caught:
        await Heard().analyze([*map(job, "abc")], program)
    assert caught.value.reason == "gpu_memory"


async def test_the_last_gpu_that_fails_ends_a_run_with_videos_left() -> None:
    heard = Heard()
    jobs = [job("a", "loses_its_gpu"), job("b", "loses_its_gpu"), job("c")]
    with pytest.raises(InternalError, match="the GPU failed") as caught:
        await heard.analyze(jobs)
    assert caught.value.reason == GPU_FAILED
    assert heard.ended == dict.fromkeys("ab", GPU_FAILED)
