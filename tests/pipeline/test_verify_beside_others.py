"""What ``verify`` must not take for a fault: a run at work, another application's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, is_sheet, is_thumbnail, nth, unanswered
from tests.pipeline.processes import Commands
from tests.support.faulty_s3 import FaultyS3

KEY = "videos/session_7/video_42.mp4"


@pytest.mark.parametrize("matches", [is_thumbnail, is_sheet], ids=["thumbnail", "sheet"])
def test_a_run_at_work_is_no_fault(
    place: Place, proxy: FaultyS3, commands: Commands, two_shots: Path, matches: object
) -> None:
    gate = Gate()
    proxy.script = nth(0, matches, unanswered(gate))
    running = commands.analyze(place.upload(KEY, two_shots), AWS_ENDPOINT_URL=proxy.url)
    gate.await_arrival()
    verified = place.run("verify")
    gate.open()
    assert running.outcome().code == 0
    assert verified.code == 0, verified.errors


def test_rows_of_another_application_are_its_own_affair(place: Place, two_shots: Path) -> None:
    assert place.analyze(place.upload(KEY, two_shots)).code == 0
    place.rows(
        "INSERT INTO event (video_id, start_time, end_time, event_type, description,"
        " s3_thumbnail_key) VALUES (42, 0.5, 99, 'comment', 'nice', '')"
    )
    verified = place.run("verify")
    assert verified.code == 0, verified.errors
