"""Demuxing, decoding, exact pictures and JPEGs of local files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import av

from benchmarks.figures import WrongResultsError
from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import open_video
from gpu_service.decode.demux import Demuxer
from gpu_service.decode.input import InputFile
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import DetectorFrames, Picture
from gpu_service.settings import PipelineSettings

_PICTURES = 12


@dataclass(frozen=True, slots=True)
class MediaRates:
    """What one pass over a video gives.

    :param seek_ms: a picture, from asking to RGB; its packets are in the cache.
    :param jpeg_ms: a picture of the video's size.
    """

    frames_a_second: float
    seek_ms: float
    jpeg_ms: float
    frames: list[DetectorFrames]


def media_rates(path: Path) -> MediaRates:
    """Measure one video; each stage by itself, one after another."""
    with path.open("rb", buffering=0) as file:
        packets_budget = ByteBudget("packets", PipelineSettings().packets_budget_bytes)
        decoder = open_video(file, path.name, packets=packets_budget)
        start = time.perf_counter()
        chunks = list(decoder.scan())
        scan_seconds = time.perf_counter() - start
        times = decoder.times()
        wanted = [times.pts[int((n + 0.5) * len(times) / _PICTURES)] for n in range(_PICTURES)]
        pictures: list[Picture] = []
        start = time.perf_counter()
        for pts in wanted:
            picture = decoder.picture(pts)
            if not isinstance(picture, Picture) or picture.pts != pts:
                raise WrongResultsError(f"{path.name}: no picture at {pts}")
            pictures.append(picture)
        seek_seconds = time.perf_counter() - start
        decoder.close()
    encoder = CpuJpegEncoder()
    start = time.perf_counter()
    for picture in pictures:
        encoder.encode(picture)
    jpeg_seconds = time.perf_counter() - start
    return MediaRates(
        len(times) / scan_seconds,
        1e3 * seek_seconds / _PICTURES,
        1e3 * jpeg_seconds / _PICTURES,
        chunks,
    )


def packets_a_second(path: Path) -> float:
    """The service's demuxer, which also keeps the index."""
    with path.open("rb", buffering=0) as file:
        demuxer = Demuxer(InputFile(file), path.name)
        start = time.perf_counter()
        packets = sum(1 for _ in demuxer.packets())
        seconds = time.perf_counter() - start
        demuxer.close()
    return packets / seconds


def bare_packets_a_second(path: Path) -> float:
    """PyAV on the same file."""
    with path.open("rb", buffering=0) as file, av.open(file, "r") as container:
        stream = container.streams.best("video")
        start = time.perf_counter()
        packets = sum(packet.size > 0 for packet in container.demux(stream))
        return packets / (time.perf_counter() - start)
