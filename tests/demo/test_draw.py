"""The drawn video holds what it says, and the service's own model finds it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from benchmarks.parity import score_frames
from gpu_service.decode.cpu import open_video
from gpu_service.demo.draw import RATE, draw_video, transitions
from gpu_service.detect.detector import load_detector
from gpu_service.detect.segments import segments_of
from gpu_service.settings import DetectSettings


def test_the_events_of_the_drawn_video_are_those_drawn(tmp_path: Path) -> None:
    path = tmp_path / "drawn.mp4"
    count = draw_video(path)
    with path.open("rb", buffering=0) as file:
        decoder = open_video(file, "drawn")
        scores = score_frames(decoder.scan(), load_detector(DetectSettings(), "cpu"))
        times = decoder.times()
        decoder.close()
    segments = segments_of(scores, times, threshold=0.5, min_event_seconds=Fraction(1, 2))
    assert len(times) == count
    starts = [Fraction(segment.first, RATE) for segment in segments[1:]]
    slack = Fraction(2, RATE)
    assert len(starts) == len(transitions())
    for start, drawn in zip(starts, transitions(), strict=True):
        assert drawn.start - slack <= start <= drawn.end + slack, drawn
