"""One run over many videos: manifest, results, run object and timeline."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.pipeline.conftest import Place
from tests.pipeline.holds import Gate, is_read, lost, nth
from tests.pipeline.processes import Commands
from tests.support.faulty_s3 import FaultyS3


def test_a_manifest_in_s3_beside_sources(place: Place, two_shots: Path, tmp_path: Path) -> None:
    first = place.upload("videos/session_7/video_1.mp4", two_shots)
    second = place.upload("videos/second.mp4", two_shots)
    nowhere = f"s3://{place.raw}/videos/nowhere.mp4"
    lines = [
        {"source": second, "video_id": 5, "session": "9"},
        {"source": str(two_shots)},
        {"source": nowhere, "video_id": 6},
    ]
    manifest = place.upload("week.jsonl", "\n".join(map(json.dumps, lines)).encode())
    trace, summary = tmp_path / "trace.json", tmp_path / "run.json"
    done = place.analyze(
        *(first, "--manifest", manifest, "--concurrency", "2"),
        *("--trace", str(trace), "--summary", str(summary)),
    )
    assert done.code == 65, done.errors
    found = {result["source"]: result for result in done.results}
    assert found.keys() == {first, second, str(two_shots), nowhere}
    assert (found[first]["video_id"], found[first]["session_id"]) == (1, "7")
    assert (found[second]["video_id"], found[second]["session_id"]) == (5, "9")
    assert found[nowhere]["error"]["reason"] == "object_missing"
    assert place.video(5)["status"] == "complete"

    run = json.loads(summary.read_text())["run"]
    assert run["videos"] == {"asked": 4, "complete": 3, "partial": 0, "failed": 1, "undone": 0}
    assert run["frames"] == 180
    assert run["events"] == 6
    assert run["bytes_read"] == pytest.approx(3 * two_shots.stat().st_size, rel=0.02)
    assert run["stages"]["upload"]["count"] == 6
    assert 0 < run["model"]["occupancy"] <= 1
    assert 0 < run["budgets"]["frames"]["peak_bytes"] <= run["budgets"]["frames"]["limit_bytes"]
    assert run["error"] is None

    rows = timeline_rows(trace)
    assert ("accelerator", "detect") in rows
    for source in (first, second, str(two_shots)):
        assert {(source, stage) for stage in ("decode", "seek", "upload", "rows")} <= rows
    assert "4 videos (3 complete, 1 failed)" in done.errors
    assert "model busy" in done.errors


def timeline_rows(path: Path) -> set[tuple[str, str]]:
    events = json.loads(path.read_text())
    names = {
        (event["name"], event["pid"], event["tid"]): event["args"].get("name")
        for event in events
        if event["ph"] == "M"
    }
    return {
        (names["process_name", e["pid"], 0], names["thread_name", e["pid"], e["tid"]])
        for e in events
        if e["ph"] == "X"
    }


def test_the_run_object_is_the_last_line_of_stdout(place: Place, two_shots: Path) -> None:
    done = place.analyze(place.upload("videos/session_7/video_1.mp4", two_shots), "--summary", "-")
    assert done.code == 0, done.errors
    video, last = done.results
    assert video["video_id"] == 1
    assert last["run"]["videos"]["complete"] == 1


def test_a_stopped_run_keeps_its_timeline_and_says_what_is_undone(
    place: Place, clip: Path, proxy: FaultyS3, commands: Commands, tmp_path: Path
) -> None:
    sources = [place.upload(f"videos/session_7/video_{number}.mp4", clip) for number in (1, 2, 3)]
    gate = Gate()
    proxy.script = nth(3, lambda request: is_read(request, place), lost(gate))
    trace, summary = tmp_path / "trace.json", tmp_path / "run.json"
    running = commands.analyze(
        *sources,
        *("--concurrency", "1", "--trace", str(trace), "--summary", str(summary)),
        AWS_ENDPOINT_URL=proxy.url,
        GPU_SERVICE_PART_BYTES="65536",
        GPU_SERVICE_PARTS_IN_FLIGHT="1",
    )
    gate.await_arrival()
    running.signal(signal.SIGINT)
    outcome = running.outcome(seconds=10)
    assert outcome.code == 75, outcome.errors
    assert [result["status"] for result in outcome.results] == ["failed"] * 3
    assert outcome.errors.splitlines()[-5:-1] == [
        "undone: 3 of 3 videos",
        *(f"  {source}" for source in sources),
    ]
    run = json.loads(summary.read_text())["run"]
    assert run["error"]["reason"] == "interrupted"
    assert run["videos"]["undone"] == 3
    assert (sources[0], "open") in timeline_rows(trace)


@pytest.mark.parametrize("option", ["--trace", "--summary"])
def test_a_path_that_can_t_be_written_is_refused_before_any_work(
    option: str, place: Place, two_shots: Path, tmp_path: Path
) -> None:
    path = tmp_path / "nowhere" / "out.json"
    source = place.upload("videos/session_7/video_1.mp4", two_shots)
    done = place.analyze(source, option, str(path))
    assert done.code == 2
    (line,) = done.errors.splitlines()
    assert line.startswith(f"gpu-service: usage: {option} {path} can't be written: No such file")
    assert done.printed == ""
    assert place.rows("SELECT id FROM video") == []


def test_neither_videos_nor_manifests_are_overwritten(place: Place, tmp_path: Path) -> None:
    video, manifest = tmp_path / "a.mp4", tmp_path / "m.jsonl"
    video.write_text("no video, but mine")
    manifest.write_text(json.dumps({"source": str(video)}))
    words = ("--manifest", str(manifest))
    for options in (
        ("--trace", str(video)),
        ("--summary", str(video)),
        ("--trace", str(manifest)),
        ("--summary", f"{tmp_path}/./x", "--trace", f"{tmp_path}/x"),
    ):
        done = place.analyze(*words, *options)
        assert done.code == 2
        assert "would overwrite" in done.errors
    assert video.read_text() == "no video, but mine"
    assert json.loads(manifest.read_text()) == {"source": str(video)}
    assert set(os.listdir(tmp_path)) == {"a.mp4", "m.jsonl"}


def test_a_bad_manifest_is_refused_before_any_work(place: Place, tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    manifest.write_text('{"source": "a.mp4"}\n{"source": "b.mp4", "id": 3}\n')
    done = place.analyze("--manifest", str(manifest), "--trace", str(tmp_path / "t.json"))
    assert done.code == 2
    (line,) = done.errors.splitlines()
    assert line.startswith(f"gpu-service: manifest: {manifest}:2: unknown key 'id'")
    assert place.rows("SELECT id FROM video") == []
    assert not (tmp_path / "t.json").exists()
