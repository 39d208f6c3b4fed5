"""``serve --local``: its own database, and a folder for the thumbnails."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.http.served import started
from tests.pipeline.bench import KEY
from tests.pipeline.conftest import Place
from tests.pipeline.processes import Commands


def test_thumbnails_are_in_a_folder_and_have_no_address(
    place: Place, commands: Commands, clip: Path, tmp_path: Path
) -> None:
    place.upload(KEY, clip)
    folder = tmp_path / "local"
    served = started(commands, "--local", GPU_SERVICE_LOCAL_DIR=str(folder))
    done = served.finished(served.ask(42, place.raw, KEY).json["id"])
    assert done["state"] == "complete", done
    events = served.get("/videos/42/events").json["events"]
    assert len(events) == 3
    assert all(event["has_thumbnail"] for event in events)
    assert [event["thumbnail_url"] for event in events] == [None] * 3
    stored = folder / "objects" / place.thumbnails / "events"
    assert len(list(stored.glob("event_*/frame_*.jpg"))) == 3
    assert place.keys() == set()
    assert place.rows("SELECT FROM video") == []
    served.running.signal(signal.SIGTERM)
    assert served.running.outcome(seconds=20).code == 0
