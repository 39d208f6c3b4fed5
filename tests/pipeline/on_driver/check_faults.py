"""What goes wrong in the driver fails one video of a run, and nothing beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.decode.clips import CLIPS, draw
from tests.decode.nvdec.videos import VIDEOS, timestamps_of
from tests.pipeline.conftest import Outcome, Place
from tests.pipeline.on_driver.wiring import wire

_SETTINGS = {
    "GPU_SERVICE_DETECT_MODE": "reference",
    "GPU_SERVICE_MIN_EVENT_SECONDS": "0.1",
    "GPU_SERVICE_THRESHOLD": "0.2",
}

_FRAMES = {"mp4-open-gop": 45, "mp4-b-frames": 90, "hevc": 45}
"""Of videos 1, 2 and 3; the second alone has a packet 70."""

_ALL = (1, 2, 3)


@pytest.fixture(autouse=True)
def _wired(monkeypatch: pytest.MonkeyPatch) -> None:
    wire(monkeypatch)


@pytest.fixture
def sources(place: Place, tmp_path: Path) -> list[str]:
    found = []
    for number, (name, frames) in enumerate(_FRAMES.items(), 1):
        (tmp_path / name).mkdir()
        path = draw(replace(VIDEOS[name], frames=frames), tmp_path / name)
        found.append(place.upload(f"videos/session_9/video_{number}.mp4", path))
    return found


def analysed(place: Place, *words: str, **faults: str) -> Outcome:
    return place.analyze("--device", "cuda", "--concurrency", "3", *words, **_SETTINGS, **faults)


def statuses(place: Place) -> list[str]:
    rows = place.rows("SELECT status FROM video ORDER BY id")
    return [row["status"] for row in rows]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("NVDEC_STANDIN_FAIL_AT", "cuvidDecodePicture"),
        ("NVDEC_STANDIN_LOSE_AT", "NVDEC gave 89 frames of 90 packets and lost packet 70"),
    ],
    ids=["fails", "is-lost"],
)
def test_a_fault_fails_its_video_and_no_other(
    place: Place, sources: list[str], tmp_path: Path, fault: str, words: str
) -> None:
    second = tmp_path / "mp4-b-frames" / VIDEOS["mp4-b-frames"].file
    done = analysed(place, *sources, **{fault: str(timestamps_of(second)[70])})

    assert done.code == 70
    assert statuses(place) == ["complete", "failed", "complete"]
    failed = place.video(2)
    assert failed["reason"] == "nvdec"
    assert words in failed["message"]
    assert [bool(place.events(number)) for number in _ALL] == [True, False, True]
    thumbnails = {event["s3_thumbnail_key"] for number in _ALL for event in place.events(number)}
    keys = place.keys()
    assert {key for key in keys if "frame_" in key} == thumbnails

    again = analysed(place, *sources)
    assert again.code == 0, again.errors
    assert statuses(place) == ["complete"] * 3
    assert all(place.events(number) for number in _ALL)
    verified = place.run("verify")
    assert verified.code == 0, verified.errors


def test_what_nvdec_cannot_decode_is_refused_and_the_rest_is_not(
    place: Place, sources: list[str], tmp_path: Path
) -> None:
    refused = draw(CLIPS["mp4-mpeg4"], tmp_path)
    sources[1] = place.upload("videos/session_9/video_2.mp4", refused)

    done = analysed(place, *sources)

    assert done.code == 65
    assert statuses(place) == ["complete", "failed", "complete"]
    assert place.video(2)["reason"] == "unsupported"
    assert "NVDEC does not decode mpeg4" in place.video(2)["message"]
    backends = {result["video_id"]: result.get("backend") for result in done.results}
    assert (backends[1], backends[3]) == ("nvdec/h264", "nvdec/hevc")
