"""Scores and boundaries against the official model: ``python -m benchmarks.parity [--media DIR]``.

Every video that has a reference (``reference/NAME.npz`` with ``single`` and ``many``, made by the
official implementation) is decoded and scored as the service does it, then compared frame by frame
and boundary by boundary. Exits with 1 where a floor is missed.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from gpu_service.decode.cpu import open_video
from gpu_service.detect.base import Detector, Window
from gpu_service.detect.detector import load_detector
from gpu_service.detect.segments import shots_of
from gpu_service.events import Scores
from gpu_service.frames import DetectorFrames
from gpu_service.settings import DetectSettings

SCORE_TOLERANCE = 0.02
BOUNDARY_TOLERANCE_FRAMES = 1
LEAST_CLOSE_SHARE = 0.99
LEAST_F1 = 0.99
_THRESHOLD = 0.5
_LOG_WIDTH = 110
_DEFAULT_MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media"


@dataclass(frozen=True, slots=True)
class Parity:
    """How one video compares, or several together.

    :param close: frames at which a head is within 0.02 of the reference, for both heads.
    :param boundaries: starts of events after the first, in the reference.
    :param found: by us; ``matched`` of them lie within a frame of one of the reference's.
    """

    name: str
    frames: int
    reference_frames: int
    close_single: int
    close_many: int
    largest_difference: float
    boundaries: int
    found: int
    matched: int
    seconds: float

    @property
    def close_share(self) -> float:
        """Of the head that does worse."""
        return min(self.close_single, self.close_many) / self.reference_frames

    @property
    def f1(self) -> float:
        """Of the boundaries; 1 where neither side has any."""
        total = self.boundaries + self.found
        return 2 * self.matched / total if total else 1.0

    @property
    def passed(self) -> bool:
        counted = self.frames == self.reference_frames
        return counted and self.close_share >= LEAST_CLOSE_SHARE and self.f1 >= LEAST_F1


def score_frames(chunks: Iterable[DetectorFrames], detector: Detector) -> Scores:
    """The scores of one video, window by window."""
    cutter = detector.start()
    parts: list[Scores] = []

    def take(items: list[Window | Scores]) -> None:
        for item in items:
            parts.extend([item] if isinstance(item, Scores) else detector.score([item]))

    for chunk in chunks:
        take(cutter.feed(chunk))
    take(cutter.finish())
    nothing = np.empty(0, np.float32)
    return Scores(
        np.concatenate([nothing, *(part.single for part in parts)]),
        np.concatenate([nothing, *(part.many for part in parts)]),
    )


def score_video(path: Path, detector: Detector) -> Scores:
    """The scores of the video in a file."""
    with io.FileIO(path) as file:
        decoder = open_video(file, path.name)
        try:
            return score_frames(decoder.scan(), detector)
        finally:
            decoder.close()


def compare(name: str, scores: Scores, reference: Scores, seconds: float = 0.0) -> Parity:
    """Hold scores against the reference; a frame that one of them lacks counts as different."""
    common = min(len(scores), len(reference))
    single = np.abs(scores.single[:common] - reference.single[:common])
    many = np.abs(scores.many[:common] - reference.many[:common])
    ours, theirs = _boundaries(scores), _boundaries(reference)
    return Parity(
        name=name,
        frames=len(scores),
        reference_frames=len(reference),
        close_single=int((single <= SCORE_TOLERANCE).sum()),
        close_many=int((many <= SCORE_TOLERANCE).sum()),
        largest_difference=float(max(single.max(initial=0), many.max(initial=0))),
        boundaries=len(theirs),
        found=len(ours),
        matched=_matched(ours, theirs),
        seconds=seconds,
    )


def load_reference(path: Path) -> Scores:
    """Read a reference file."""
    with np.load(path) as arrays:
        return Scores(arrays["single"], arrays["many"])


def overall(results: list[Parity]) -> Parity:
    """All videos as if they were one."""
    return Parity(
        name="all",
        frames=sum(result.frames for result in results),
        reference_frames=sum(result.reference_frames for result in results),
        close_single=sum(result.close_single for result in results),
        close_many=sum(result.close_many for result in results),
        largest_difference=max(result.largest_difference for result in results),
        boundaries=sum(result.boundaries for result in results),
        found=sum(result.found for result in results),
        matched=sum(result.matched for result in results),
        seconds=sum(result.seconds for result in results),
    )


def _boundaries(scores: Scores) -> list[int]:
    return [shot.first for shot in shots_of(scores, _THRESHOLD)[1:]]


def _matched(ours: list[int], theirs: list[int]) -> int:
    """Pairs within the tolerance, each boundary used once; both lists are in order."""
    matched = left = right = 0
    while left < len(ours) and right < len(theirs):
        distance = ours[left] - theirs[right]
        if abs(distance) <= BOUNDARY_TOLERANCE_FRAMES:
            matched, left, right = matched + 1, left + 1, right + 1
        elif distance < 0:
            left += 1
        else:
            right += 1
    return matched


def _table(results: list[Parity]) -> Table:
    table = Table(title=f"against the official scores, threshold {_THRESHOLD}")
    headings = ("video", "frames", "single", "many", "largest", "boundaries", "F1", "frames/s", "")
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "video" else "right")
    for result in results:
        frames = str(result.frames)
        if result.frames != result.reference_frames:
            frames += f" of {result.reference_frames}"
        table.add_row(
            result.name,
            frames,
            f"{result.close_single / result.reference_frames:.2%}",
            f"{result.close_many / result.reference_frames:.2%}",
            f"{result.largest_difference:.4f}",
            f"{result.matched}/{result.boundaries}",
            f"{result.f1:.4f}",
            f"{result.frames / result.seconds:.1f}",
            "ok" if result.passed else "[red]short[/red]",
        )
    return table


def main(arguments: list[str] | None = None) -> int:
    """Run over a folder; 0 where every floor holds, 1 where one is missed, 2 with no reference."""
    parser = argparse.ArgumentParser(description="Scores and boundaries against the references.")
    parser.add_argument("--media", type=Path, default=_DEFAULT_MEDIA, help="folder of the videos")
    parser.add_argument("--only", nargs="*", help="names of the videos to run")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args(arguments)
    references = sorted(options.media.glob("reference/*.npz"))
    references = [path for path in references if not options.only or path.stem in options.only]
    console = Console(width=None if sys.stdout.isatty() else _LOG_WIDTH)
    if not references:
        console.print(f"no reference/*.npz in {options.media}; name the folder with --media")
        return 2
    detector = load_detector(DetectSettings(detect_mode="reference"), "cpu")
    results = []
    for path in references:
        start = time.perf_counter()
        scores = score_video(options.media / path.stem, detector)
        seconds = time.perf_counter() - start
        results.append(compare(path.stem, scores, load_reference(path), seconds))
        console.print(f"{path.stem}: {len(scores)} frames in {seconds:.1f} s")
    results.append(overall(results))
    console.print(_table(results))
    if options.json:
        figures = [
            asdict(result)
            | {"close_share": result.close_share, "f1": result.f1, "passed": result.passed}
            for result in results
        ]
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
