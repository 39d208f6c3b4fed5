"""JPEGs a second by nvJPEG and by the CPU's encoder, of the same pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
import simplejpeg
from av.video.frame import VideoFrame

from benchmarks.figures import WrongResultsError
from benchmarks.thumbnails import psnr
from gpu_service.encode.check import jpeg_problem
from gpu_service.frames import Picture, UInt8Array

_PICTURES = 6
_FRAMES_APART = 40
_BEHIND_THE_LAST = (_PICTURES + 1) * _FRAMES_APART
_LEAST_SECONDS = 1.0
_MOST_APART_DB = 1.0
_MOST_APART_BYTES = 0.1

_P = TypeVar("_P")


def pictures_of(path: Path, size: tuple[int, int]) -> list[Picture]:
    """Some frames of a real video, scaled; not the first, which often is blank.

    :param size: width and height.
    """
    with av.open(str(path)) as container:
        frames = container.decode(video=0)
        some = islice(frames, _FRAMES_APART, _BEHIND_THE_LAST, _FRAMES_APART)
        return [Picture(_rgb(frame, *size), frame.pts or 0) for frame in some]


def _rgb(frame: VideoFrame, width: int, height: int) -> UInt8Array:
    return np.asarray(frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8)


def check(jpeg: bytes, wanted: bytes, picture: Picture) -> None:
    """Whether a JPEG is as good as the CPU's of the same picture.

    :raises WrongResultsError: it is damaged, or of another format, size or quality.
    """
    if (problem := jpeg_problem(jpeg)) is not None:
        raise WrongResultsError(f"{picture}: {problem}")
    form, own = (simplejpeg.decode_jpeg_header(one) for one in (jpeg, wanted))
    if form != own:
        raise WrongResultsError(f"{picture}: a JPEG of {form}, the CPU's is one of {own}")
    if abs(len(jpeg) / len(wanted) - 1) > _MOST_APART_BYTES:
        raise WrongResultsError(f"{picture}: {len(jpeg)} bytes, the CPU's has {len(wanted)}")
    least = _quality(wanted, picture) - _MOST_APART_DB
    if (found := _quality(jpeg, picture)) < least:
        raise WrongResultsError(f"{picture}: {found:.1f} dB, less than {least:.1f}")


def _quality(jpeg: bytes, picture: Picture) -> float:
    return psnr(simplejpeg.decode_jpeg(jpeg), picture.rgb)


def jpegs_a_second(encode: Callable[[_P], bytes], pictures: Sequence[_P]) -> float:
    """By the calling thread, one after another, for a second at least; bytes are on the host."""
    made = 0
    start = time.perf_counter()
    while (taken := time.perf_counter() - start) < _LEAST_SECONDS:
        for picture in pictures:
            encode(picture)
        made += len(pictures)
    return made / taken
