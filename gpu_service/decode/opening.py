"""Opening a file with libav and choosing its video stream."""

from __future__ import annotations

from typing import cast

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from gpu_service.decode.extent import read_extent
from gpu_service.decode.guess import what_it_seems
from gpu_service.decode.input import InputFile
from gpu_service.decode.translate import translated
from gpu_service.errors import InputError

MAX_PIXELS = 16384 * 16384
"""Of one picture; a header that claims more is refused before anything is allocated for it."""

_BUFFER_BYTES = 64 * 1024
"""Small, since a read waits until all of it has arrived."""
_TEXTS = {"tty", "bin", "xbin", "idf"}
"""libav's demuxers of text."""

_STILLS = {"image2", "ico"}
"""libav's demuxers of still pictures, besides those named ``…_pipe``."""

_STILL_BRANDS = {"avif", "heic", "heix", "mif1"}
"""Of still pictures in the container of MP4."""

_COVERS = Disposition.attached_pic | Disposition.timed_thumbnails


def open_container(file: InputFile, name: str) -> InputContainer:
    """Open the file and read its headers.

    :raises InputError: ``not_a_video`` for what is empty, no video, a still picture, or cut short
        before its index.
    """
    if file.size == 0:
        raise InputError(f"{name}: the file is empty", reason="not_a_video")
    file.seek(0)
    try:
        with translated(file, f"{name} is not a video", reason="not_a_video"):
            container = av.open(
                file,
                mode="r",
                buffer_size=_BUFFER_BYTES,
                metadata_errors="replace",
                options={
                    # PyAV's own choice invents PTS, wrong ones for AVI with B-frames.
                    "fflags": "-genpts+ignidx",
                    "max_pixels": str(MAX_PIXELS),
                    # A playlist must not make us open what else it names.
                    "protocol_whitelist": "none",
                },
            )
    except InputError as error:
        # An object that was replaced meanwhile is no matter of its container.
        file.raise_failure()
        raise _explained(file, name, error) from error.__cause__
    kind = container.format.name
    brand = container.metadata.get("major_brand", "")
    what = None
    if kind in _TEXTS:
        what = what_it_seems(file)
    elif kind.endswith("_pipe") or kind in _STILLS or brand in _STILL_BRANDS:
        what = f"it is a still picture ({brand or kind.removesuffix('_pipe')})"
    if what is not None:
        container.close()
        raise InputError(f"{name} is not a video: {what}", reason="not_a_video")
    return container


def _explained(file: InputFile, name: str, error: InputError) -> InputError:
    """Say more of a file that libav can't open, where its outermost headers are sound."""
    extent = read_extent(file, whole=True)
    if extent.index_missing:
        return InputError(
            f"{name}: the index (moov) is missing; the file was cut short or never finished, "
            "upload it again",
            reason="not_a_video",
        )
    if extent.end is not None and extent.end > file.size:
        missing = extent.end - file.size
        return InputError(
            f"{name}: cut short, {missing} bytes are missing; nothing of it can be read, "
            "upload it again",
            reason="not_a_video",
        )
    if extent.known and isinstance(error.__cause__, av.error.EOFError):
        return InputError(f"{name}: no frame; it ends after its header", reason="no_frames")
    if extent.known:
        return InputError(
            f"{name}: its headers are damaged, nothing of it can be read", reason="not_a_video"
        )
    what = what_it_seems(file)
    if not isinstance(error.__cause__, av.error.InvalidDataError | av.error.EOFError):
        what += f" ({error.__cause__})"
    return InputError(f"{name} is not a video: {what}", reason="not_a_video")


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """libav's best video stream, cover pictures left out.

    :raises InputError: ``no_video_stream``; ``not_a_video`` for a still picture in a video's
        container; ``unsupported`` for an unknown codec or a picture of more than
        :data:`MAX_PIXELS`.
    """
    candidates = [s for s in container.streams.video if not s.disposition & _COVERS]
    if not candidates:
        raise InputError(
            f"{name} has no video stream{_others(container)}", reason="no_video_stream"
        )
    best = container.streams.best("video")
    stream = next((s for s in candidates if s is best), None) or max(candidates, key=_size)
    if stream.disposition & Disposition.still_image:
        raise InputError(f"{name} is not a video: it is a still picture", reason="not_a_video")
    context = cast("VideoCodecContext | None", stream.codec_context)
    if context is None:
        raise InputError(f"{name}: no decoder for its video codec", reason="unsupported")
    width, height = context.width, context.height
    if width * height > MAX_PIXELS:
        raise InputError(
            f"{name}: {width}x{height} is more than {MAX_PIXELS} pixels", reason="unsupported"
        )
    return stream


def _others(container: InputContainer) -> str:
    kinds = sorted({"a cover picture" if s.type == "video" else s.type for s in container.streams})
    return f", only {' and '.join(kinds)}" if kinds else ""


def _size(stream: VideoStream) -> int:
    context = cast("VideoCodecContext | None", stream.codec_context)
    return 0 if context is None else context.width * context.height
