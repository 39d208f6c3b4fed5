from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.figures import Figure
from benchmarks.plots.draw import draw_all
from benchmarks.runner import Record
from gpu_service.trace import Phase, StageEvent
from gpu_service.trace_chrome import ChromeTrace


def _record(case: str, details: dict[str, Any], *figures: Figure) -> Record:
    # As it is read back: JSON makes texts of a dictionary's keys.
    return Record(case, "now", 1.0, 1, False, {}, list(figures), json.loads(json.dumps(details)))


def _taken(factor: float) -> list[dict[str, float]]:
    return [{"wall_ms": 2 * factor, "cpu_ms": 3 * factor, "peak_mb": 700 * factor}]


def _write_trace(path: Path) -> None:
    with path.open("w") as file:
        timeline = ChromeTrace(file)
        start = timeline.zero_seconds
        for lane in ("s3://b/video_1.mp4", "s3://b/video_2.mp4"):
            for stage in (
                "open",
                "source",
                "demux",
                "decode",
                "seek",
                "encode",
                "upload",
                "rows",
                "sheet",
            ):
                timeline(StageEvent(stage, Phase.COMPLETE, 0.5, {}, start + 1, lane))
                timeline(StageEvent(stage, Phase.STARVED, 0.5, {}, start + 2, lane))
        timeline(StageEvent("detect", Phase.COMPLETE, 1.0, {}, start + 2, ""))
        timeline.finish()


def test_every_plot_is_a_png_with_something_on_it(tmp_path: Path) -> None:
    _write_trace(tmp_path / "busy.json")
    ratio = Figure("naive / ours", "×", (3.0, 4.0, 5.0), at_least=3.0)
    records = [
        _record("batch", {}, ratio, ratio),
        _record("transnet-test", {}, ratio, ratio),
        _record("length", {"by_minutes": {n: _taken(1 + n / 100) for n in (1, 5, 10, 60)}}),
        _record(
            "at-once",
            {
                "by_level": {
                    n: {"frames_per_second": [100.0 * n], "busy_percent": [90.0]} for n in (1, 2)
                }
            },
        ),
        _record(
            "busy",
            {
                "modes": {"fast": {"trace": "busy.json"}},
                "names": {"video_1.mp4": "testvideo.mp4", "video_2.mp4": "Megamind.avi"},
            },
        ),
    ]
    drawn = draw_all(records, tmp_path)
    assert [path.name for path in drawn] == [
        "ratios.png",
        "cost.png",
        "memory.png",
        "at-once.png",
        "gantt-fast.png",
    ]
    for path in drawn:
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert min(image.size) >= 300
            colours = np.unique(np.asarray(image.convert("RGB")).reshape(-1, 3), axis=0)
        assert len(colours) > 20, path.name


def test_a_case_without_figures_is_not_drawn(tmp_path: Path) -> None:
    record = _record("length", {})
    record.fault = "wrong results"
    assert draw_all([record], tmp_path) == []
