"""A process whose GPU has failed has no further video, whatever it has asked for; the others do the rest."""

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


async def test_the_others_do_the_rest_and_what_waited_for_its_source(
    place: Place, two_shots: Path, tmp_path: Path
) -> None:
    broken, *rest = videos(place, two_shots, BROKEN, *"abc")
    heard = Heard()
    jobs = [broken, VideoJob(broken.source, 5), *rest]
    assert await analyze(place, jobs, heard, heal=tmp_path / "failed") == 70
    failed, *others = sorted(heard.results, key=lambda result: result.video.id)
    assert (failed.reason, failed.retryable) == (GPU_FAILED, False)
    assert [(other.video.id, other.status) for other in others] == [
        (number, "complete") for number in (2, 3, 4, 5)
    ]
    assert len({other.backend for other in others}) == 1
    row = await to_thread.run_sync(place.video, 1)
    assert (row["status"], row["reason"]) == ("failed", GPU_FAILED)


async def test_the_last_one_is_not_given_what_it_has_asked_for(
    place: Place, two_shots: Path
) -> None:
    (first,) = videos(place, two_shots, BROKEN)
    heard = Heard()
    both = [first, VideoJob(first.source, 2)]
    with pytest.raises(InternalError, match="the GPU failed") as caught:
        await analyze(place, both, heard, processes=1, at_once=2)
    assert caught.value.reason == GPU_FAILED
    assert [(r.video.id, r.reason) for r in heard.results] == [(1, GPU_FAILED)]
