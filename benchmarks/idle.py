"""What went on while a worker of the model had nothing to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.chrome_trace import MODEL_STAGE, Slice, workers_of
from benchmarks.intervals import covered_seconds, fewer_than, merged, shared

_WORDS = {
    ("open", "busy"): "objects were being opened",
    ("source", "busy"): "ranges were being fetched",
    ("demux", "busy"): "headers were being read",
    ("decode", "busy"): "frames were being decoded",
    ("decode", "starved"): "decoding waited for bytes",
    ("decode", "blocked"): "decoding waited for room",
    ("seek", "busy"): "midpoints were being decoded",
    ("encode", "busy"): "JPEGs were being encoded",
    ("upload", "busy"): "thumbnails were being stored",
    ("rows", "busy"): "rows were being written",
    ("sheet", "busy"): "contact sheets were being made",
}
_LEAST_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class Idleness:
    """The model's time between its first work and its last.

    :param idle_seconds: in which not every worker of it was at work.
    :param meanwhile: the share of the idle time in which a stage of any video was at something, by
        stage and cause; they overlap.
    :param nothing: the share in which no video was at any of it: hand-overs between threads, windows
        that wait for a full batch.
    """

    span_seconds: float
    idle_seconds: float
    meanwhile: dict[tuple[str, str], float]
    nothing: float

    def in_words(self) -> str:
        """A sentence."""
        share = 100 * self.idle_seconds / self.span_seconds if self.span_seconds else 0.0
        said = f"idle {self.idle_seconds:.2f} s of {self.span_seconds:.2f} s ({share:.1f} %)"
        most = sorted(self.meanwhile.items(), key=lambda item: -item[1])
        parts = [
            f"{_WORDS[what]} in {100 * part:.0f} % of it"
            for what, part in most
            if part >= _LEAST_SHARE
        ]
        if self.nothing >= _LEAST_SHARE:
            parts.append(f"no other stage was at work in {100 * self.nothing:.0f} %")
        return f"{said}: {', '.join(parts)}" if parts else said


def idleness(slices: Sequence[Slice]) -> Idleness:
    """What the timeline says of the model's idle time.

    :raises ValueError: the model never works.
    """
    work = [
        (one.start_seconds, one.end_seconds)
        for one in slices
        if (one.stage, one.cause) == (MODEL_STAGE, "busy")
    ]
    if not work:
        raise ValueError("the model never works in this timeline")
    idle = fewer_than(workers_of(slices), work)
    idle_seconds = covered_seconds(idle)
    span = max(end for _, end in work) - min(start for start, _ in work)
    meanwhile = {}
    anything = []
    for stage, cause in _WORDS:
        at_it = shared(
            idle,
            merged(
                (one.start_seconds, one.end_seconds)
                for one in slices
                if (one.stage, one.cause) == (stage, cause)
            ),
        )
        anything += at_it
        if at_it:
            meanwhile[stage, cause] = covered_seconds(at_it) / idle_seconds
    nothing = 1 - covered_seconds(anything) / idle_seconds if idle_seconds else 0.0
    return Idleness(span, idle_seconds, meanwhile, nothing)
