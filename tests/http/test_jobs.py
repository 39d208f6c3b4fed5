"""Jobs, and how long they are remembered."""

from __future__ import annotations

import pytest

from gpu_service.errors import InputError, TransientError
from gpu_service.http.job_table import JobTable
from gpu_service.http.jobs import Job, JobError, JobResult, JobState
from gpu_service.jobs import Damage, SourceRef, VideoJob, VideoResult, VideoStatus

SOURCE = SourceRef("raw", "videos/session_7/video_42.mp4")


def asked(video_id: int = 42, session: str | None = None, source: SourceRef = SOURCE) -> VideoJob:
    return VideoJob(source, video_id, session)


def result(job: VideoJob) -> VideoResult:
    return VideoResult(job.video, "cpu", "PyAV", status=VideoStatus.COMPLETE, frames=48)


def test_a_job_answers_who_asks_for_the_same() -> None:
    job = Job(asked(session="7"))
    assert job.answers(asked())
    assert job.answers(asked(session="7"))
    assert Job(asked()).answers(asked(session="7")), "the session of the key"
    elsewhere = SourceRef("raw", "videos/other.mp4")
    assert Job(asked(session="9", source=elsewhere)).answers(asked(source=elsewhere))
    assert not job.answers(asked(session="8"))
    assert not job.answers(asked(video_id=43))
    assert not job.answers(asked(source=SourceRef("other", SOURCE.key)))
    assert not job.answers(asked(source=elsewhere))


def test_a_result_that_covers_a_part_is_complete_and_says_what_is_missing() -> None:
    job = Job(asked())
    job.start()
    done = result(job.asked)
    done.status = VideoStatus.PARTIAL
    done.cover_a_part(Damage("truncated", "3 frames are missing"))
    job.finish(done)
    assert job.state is JobState.COMPLETE
    assert job.result == JobResult(VideoStatus.PARTIAL, 0, 48, "cpu", "PyAV")
    assert job.error is not None
    assert job.error.reason == "truncated"
    assert "3 frames are missing" in job.error.message


def test_a_failure_has_an_error_and_no_result() -> None:
    job = Job(asked())
    job.start()
    done = result(job.asked)
    done.fail(TransientError("the network", reason="s3_error"))
    job.finish(done)
    assert job.state is JobState.FAILED
    assert job.result is None
    assert job.error == JobError("s3_error", "the network", retryable=True)


def test_the_oldest_finished_jobs_are_forgotten_and_no_other() -> None:
    table = JobTable(finished_jobs=2)
    jobs = [Job(asked(video_id)) for video_id in range(1, 5)]
    for job in jobs:
        table.add(job)
    assert table.undone == jobs
    for job in (jobs[3], jobs[1], jobs[2]):
        table.close(job)
    assert table.undone == [jobs[0]]
    with pytest.raises(InputError, match=jobs[3].id) as caught:
        table.get(jobs[3].id)
    assert caught.value.reason == "job_missing"
    for job in jobs[:3]:
        assert table.get(job.id) is job
    assert table.undone_of(1) is jobs[0]
    assert table.undone_of(2) is None
