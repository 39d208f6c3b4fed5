"""Keys as other people's buckets have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.http.served import Served
from tests.pipeline.conftest import Place
from tests.support.faulty_s3 import FaultyS3


@pytest.fixture
def place(shared: tuple[Place, FaultyS3]) -> Place:
    return shared[0]


def test_keys_that_only_s3_tells_apart(at_work: Served, place: Place, clip: Path) -> None:
    for video_id, key in enumerate(("videos//b.mp4", "/videos/b.mp4", "videos/b.mp4"), start=46):
        place.upload(key, clip)
        done = at_work.finished(at_work.ask(video_id, place.raw, key, session_id="8").json["id"])
        assert (done["state"], done["key"]) == ("complete", key), done
        assert place.video(video_id)["s3_key"] == key
