"""What the command makes of its videos does not depend on how many processes do it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.commands.test_analyze import timeline_rows
from tests.pipeline.conftest import Outcome, Place
from tests.pipeline.state import State, new_place, state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request, Script


@dataclass
class Run:
    """What a run has left and said."""

    outcome: Outcome
    state: State
    summary: dict[str, Any]
    rows: set[tuple[str, str]]

    @property
    def results(self) -> list[dict[str, Any]]:
        """Without times."""
        whole = sorted(self.outcome.results, key=lambda result: int(result["video_id"]))
        return [{k: v for k, v in result.items() if k != "stages"} for result in whole]


def run(place: Place, raw: str, folder: Path, *words: str, **changes: str) -> Run:
    """Five videos: one is nowhere, and two have one source."""
    folder.mkdir()
    lines = [
        {"source": f"s3://{raw}/videos/session_7/video_1.mp4"},
        {"source": f"s3://{raw}/videos/session_7/video_2.mp4"},
        {"source": f"s3://{raw}/videos/session_7/video_2.mp4", "video_id": 5, "session": "9"},
        {"source": f"s3://{raw}/videos/nowhere.mp4", "video_id": 6},
        {"source": f"s3://{raw}/videos/clip.mp4", "video_id": 7},
    ]
    manifest, trace, summary = folder / "m.jsonl", folder / "trace.json", folder / "run.json"
    manifest.write_text("\n".join(map(json.dumps, lines)))
    outcome = place.analyze(
        *("--manifest", str(manifest), "--trace", str(trace), "--summary", str(summary)),
        *("--concurrency", "2", *words),
        GPU_SERVICE_MODEL_THREADS="2",
        **changes,
    )
    made = json.loads(summary.read_text())["run"]
    return Run(outcome, state_of(place), made, timeline_rows(trace))


def at_once(*keys: str) -> Script:
    """The first reads of these wait for one another, so that all are under way at once."""
    meeting = threading.Barrier(len(keys), timeout=60)
    met: set[str] = set()

    def script(request: Request) -> Fault | None:
        for key in keys:
            if request.method == "GET" and request.path.endswith(key) and key not in met:
                met.add(key)
                return Fault(before=meeting.wait)
        return None

    return script


def test_two_processes_make_what_one_makes(
    place: Place, proxy: FaultyS3, two_shots: Path, three_shots: Path, clip: Path, tmp_path: Path
) -> None:
    place.upload("videos/session_7/video_1.mp4", two_shots)
    place.upload("videos/session_7/video_2.mp4", three_shots)
    place.upload("videos/clip.mp4", clip)
    proxy.script = at_once("video_1.mp4", "video_2.mp4")
    words = {"AWS_ENDPOINT_URL": proxy.url}
    two = run(place, place.raw, tmp_path / "two", "--processes", "2", **words)
    other = new_place(place)
    one = run(other, place.raw, tmp_path / "one")
    other.s3.close()

    assert (one.outcome.code, two.outcome.code) == (65, 65), two.outcome.errors
    assert two.results == one.results
    assert [len(result["events"]) for result in two.results] == [2, 3, 3, 0, 3]
    # Ids, keys, and the MD5 of each object.
    assert two.state == one.state
    verified = place.run("verify")
    assert verified.code == 0, verified.errors
    assert_same_summary(two.summary, one.summary)
    assert_same_rows(two.rows, one.rows)
    assert "5 videos (4 complete, 1 failed)" in two.outcome.errors


def assert_same_summary(two: dict[str, Any], one: dict[str, Any]) -> None:
    """But for times, and the budgets' peaks."""
    for name in ("videos", "events", "frames", "bytes_read", "object_size"):
        assert two[name] == one[name]
    for stage in ("open", "source", "demux", "decode", "seek", "encode", "upload", "sheet"):
        assert two["stages"][stage]["count"] == one["stages"][stage]["count"]
        assert two["stages"][stage]["seconds"] > 0
    for name in ("workers", "windows", "frames"):
        assert two["model"][name] == one["model"][name]
    assert 0 < two["model"]["occupancy"] <= 1
    assert two["budgets"].keys() == one["budgets"].keys()
    for name, budget in two["budgets"].items():
        assert budget["limit_bytes"] == one["budgets"][name]["limit_bytes"]
        assert 0 < budget["peak_bytes"] <= budget["limit_bytes"]


def assert_same_rows(two: set[tuple[str, str]], one: set[tuple[str, str]]) -> None:
    """Of the timeline, where each process has its own model."""
    models = {process for process, stage in two if stage == "detect"}
    assert models == {"accelerator 1", "accelerator 2"}
    assert {row for row in two if row[0] not in models} == {
        row for row in one if row[0] != "accelerator"
    }
