"""A process whose GPU keeps failing has no further video, whatever it has asked for; the others do the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
from anyio import to_thread

from gpu_service.errors import GPU_FAILED, InternalError
from gpu_service.jobs import VideoJob
from tests.pipeline.conftest import Place
from tests.processes.heard import Heard
from tests.processes.stand_in import BROKEN
from tests.processes.videos import analyze, videos

pytestmark = pytest.mark.anyio


async def test_the_others_do_the_rest(place: Place, two_shots: Path, tmp_path: Path) -> None:
    broken, *rest = videos(place, two_shots, BROKEN, *"abcd")
    heard = Heard()
    jobs = [broken, VideoJob(broken.source, 6), *rest]
    assert await analyze(place, jobs, heard, heal=tmp_path / "failed") == 70
    failed = [result for result in heard.results if result.status == "failed"]
    assert [(one.reason, one.retryable) for one in failed] == [(GPU_FAILED, False)] * 2
    others = [result for result in heard.results if result.status == "complete"]
    assert len(others) == 4
    assert len({other.backend for other in others}) == 1
    assert 1 in {one.video.id for one in failed}
    row = await to_thread.run_sync(place.video, 1)
    assert (row["status"], row["reason"]) == ("failed", GPU_FAILED)


async def test_the_last_one_is_not_given_what_it_has_asked_for(
    place: Place, two_shots: Path
) -> None:
    (first,) = videos(place, two_shots, BROKEN)
    heard = Heard()
    jobs = [VideoJob(first.source, number) for number in (1, 2, 3)]
    with pytest.raises(InternalError, match="the GPU failed for 2 videos") as caught:
        await analyze(place, jobs, heard, processes=1, at_once=2)
    assert caught.value.reason == GPU_FAILED
    assert [(r.video.id, r.reason) for r in heard.results] == [(1, GPU_FAILED), (2, GPU_FAILED)]
