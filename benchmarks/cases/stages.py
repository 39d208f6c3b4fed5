"""Each stage alone."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, alternated, ratios
from benchmarks.long_media import minutes_of_video
from benchmarks.s3.site import BYTES_PER_SECOND
from benchmarks.stages.media import (
    MediaRates,
    bare_packets_a_second,
    media_rates,
    packets_a_second,
)
from benchmarks.stages.model import ModelRates, model_rates
from benchmarks.stages.source import read_megabytes_a_second
from benchmarks.stages.store import uploads_a_second

_VIDEO = "testvideo.mp4"


def run(context: Context) -> Outcome:
    """All stages in turn, repeated; nothing else of the service runs meanwhile."""
    place = context.place
    minutes = 1 if context.quick else 5
    long = place.upload(minutes_of_video(context.made_media, context.media, minutes))
    path = context.video(_VIDEO)
    demux = alternated(
        context.repeats,
        {
            "ours": lambda: packets_a_second(long.path),
            "bare": lambda: bare_packets_a_second(long.path),
        },
    )
    source: list[float] = []
    media: list[MediaRates] = []
    models: dict[str, list[ModelRates]] = {"reference": [], "fast": []}
    uploads: list[float] = []
    for _ in range(context.repeats):
        place.s3.reset()
        source.append(read_megabytes_a_second(place, long))
        uploads.append(uploads_a_second(place))
        media.append(media_rates(path))
        models["reference"].append(model_rates(media[-1].frames, "reference"))
        models["fast"].append(model_rates(media[-1].frames, "fast"))
    cap = BYTES_PER_SECOND / 1e6
    figures = [
        Figure("source: ranges, one reader", "MB/s", tuple(source)),
        Figure("source: share of the cap", "%", tuple(100 * rate / cap for rate in source)),
        Figure("demux", "packets/s", tuple(demux["ours"])),
        Figure("demux, against bare PyAV", "×", ratios(demux["ours"], demux["bare"])),
        Figure("decode + downscale, 720p", "frames/s", tuple(one.frames_a_second for one in media)),
    ]
    for mode, rates in models.items():
        figures += [
            Figure(f"model, {mode}", "frames/s", tuple(one.frames_a_second for one in rates)),
            Figure(
                f"model, {mode}: windows a batch", "", tuple(one.windows_a_batch for one in rates)
            ),
            Figure(
                f"model, {mode}: frames it had to score",
                "%",
                tuple(100 * one.scored_share for one in rates),
            ),
        ]
    figures += [
        Figure("exact picture, 720p, cached packets", "ms", tuple(one.seek_ms for one in media)),
        Figure("JPEG, 720p, quality 85", "ms", tuple(one.jpeg_ms for one in media)),
        Figure("uploads of 60 kB, 20 ms away", "/s", tuple(uploads)),
    ]
    note = (
        f"source and demux: {minutes} minutes of 720p; decode, model, pictures and JPEG: {_VIDEO}; "
        "rows: case rows"
    )
    return Outcome(figures, {}, [note])
