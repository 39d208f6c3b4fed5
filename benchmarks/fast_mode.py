"""The fast mode against the reference mode: ``python -m benchmarks.fast_mode [--media DIR]``.

Over the real videos, and over ones composed of them. Prints whether the events are the same, how
much of the work is left, how far quiet windows are from a transition, and how many times less CPU
time the model takes, on one thread. Exits with 1 where the F1 is below 0.99, or where a frame that
the reference mode notices counts as quiet.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.compose import KINDS, compose
from benchmarks.media import video_files
from benchmarks.modes import NOTICED, Comparison, compare_modes, together
from gpu_service.decode.cpu import open_video
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.detect.fast.detector import FastDetector
from gpu_service.frames import UInt8Array
from gpu_service.settings import DetectSettings
from tests.support.media import media_folder

LEAST_F1 = 0.99
_FIXED_CAMERAS = ("bottle-detection.mp4", "car-detection.mp4", "traffic_camera.mp4")
_LOG_WIDTH = 132


def detector_frames(path: Path) -> UInt8Array:
    """All of a video's frames, of the model's size: ``(N, 27, 48, 3)`` uint8."""
    with io.FileIO(path) as file:
        decoder = open_video(file, path.name)
        try:
            return np.concatenate([chunk.rgb for chunk in decoder.scan()])
        finally:
            decoder.close()


def both_modes() -> tuple[FastDetector, TransNetV2Detector]:
    """The official weights in both modes, one CPU thread each."""
    fast, reference = (
        load_detector(DetectSettings(detect_mode=mode, model_threads=1), "cpu")
        for mode in ("fast", "reference")
    )
    if not (isinstance(fast, FastDetector) and isinstance(reference, TransNetV2Detector)):
        raise TypeError("the detectors are not those of the two modes")
    return fast, reference


def sums(results: list[Comparison]) -> Iterator[Comparison]:
    """Videos of a kind together; what comes first are the names of the videos themselves."""
    groups: Mapping[str, list[Comparison]] = {
        "fixed cameras": [result for result in results if result.name in _FIXED_CAMERAS],
        "shared videos": [result for result in results if not _is_composed(result)],
        **{kind: [result for result in results if result.name == kind] for kind in KINDS},
        "composed": [result for result in results if _is_composed(result)],
        "all": results,
    }
    for name, group in groups.items():
        if group:
            yield together(name, group)


def passed(result: Comparison) -> bool:
    """Whether the fast mode may stand in for the reference mode."""
    return result.boundaries.f1 >= LEAST_F1 and result.quiet_peak <= NOTICED


def _is_composed(result: Comparison) -> bool:
    return result.name in KINDS


def _table(results: list[Comparison]) -> Table:
    table = Table(title="fast mode against reference mode")
    headings = ("video", "frames", "boundaries", "F1", "largest", "quiet", "rescored")
    for heading in (*headings, "convolved", "quiet peak", "margin", "times less", ""):
        table.add_column(heading, justify="left" if heading == "video" else "right")
    for result in results:
        found = result.boundaries
        table.add_row(
            result.name,
            str(result.frames),
            f"{found.matched}/{found.wanted}" + f" +{found.found - found.matched}",
            f"{found.f1:.4f}",
            f"{result.largest_difference:.3f}",
            f"{result.quiet_frames / result.frames:.0%}",
            f"{result.rescored_frames / result.frames:.0%}",
            f"{result.convolved_frames / result.frames:.2f}",
            f"{result.quiet_peak:.3f}",
            f"{result.margin:.2f}",
            f"{result.ratio:.2f}",
            "ok" if passed(result) else "[red]short[/red]",
        )
    return table


def main(arguments: list[str] | None = None) -> int:
    """Run over a folder; 0 where every floor holds, 1 where one is missed."""
    parser = argparse.ArgumentParser(description="The fast mode against the reference mode.")
    parser.add_argument("--media", type=Path, default=media_folder(), help="folder of the videos")
    parser.add_argument("--rounds", type=int, default=1, help="composed videos of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the composed videos")
    parser.add_argument("--no-shared", action="store_true", help="only composed videos")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args(arguments)
    if options.media is None:
        parser.error("no real videos here; give --media DIR")
    console = Console(width=None if sys.stdout.isatty() else _LOG_WIDTH)
    fast, reference = both_modes()
    videos = {path.name: detector_frames(path) for path in video_files(options.media)}
    composed = compose(videos, options.seed, options.rounds)
    work = [] if options.no_shared else list(videos.items())
    results = []
    for name, rgb in (*work, *((video.kind, video.rgb) for video in composed)):
        results.append(compare_modes(name, rgb, fast, reference))
        console.print(f"{name}: {len(rgb)} frames, {results[-1].ratio:.2f} times less")
    shown = [result for result in results if not _is_composed(result)]
    console.print(_table(shown + list(sums(results))))
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in results], indent=2) + "\n")
    return 0 if all(passed(group) for group in sums(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
