"""What only a decoded frame tells of a video, and NVDEC's surfaces don't: colours and orientation."""

from __future__ import annotations

from dataclasses import dataclass

import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from gpu_service.decode.again import decoder_like
from gpu_service.decode.orient import UPRIGHT, display_matrix, turns
from gpu_service.decode.seek import Packets

_MATRICES = {1: "bt709", 4: "fcc", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
"""By ``AVColorSpace``; the rest is BT.601, as for libswscale."""

_FULL_RANGE = 2
"""``AVCOL_RANGE_JPEG``."""

_MAX_PACKETS = 16
"""After so many that can't be decoded the video is taken as untagged and upright."""


@dataclass(frozen=True, slots=True)
class Look:
    """:param matrix: and ``full_range``: see :mod:`gpu_service_kernels.colour`.

    :param quarter_turns: counterclockwise, after the mirroring.
    """

    matrix: str = "bt601"
    full_range: bool = False
    quarter_turns: int = 0
    mirrored: bool = False


class FirstLook:
    """Decodes a video's first frame on the CPU, beside whoever decodes the video."""

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self.look = Look()

    def watch(self, packets: Packets) -> Packets:
        """Pass on the packets of a whole video; :attr:`look` is known with the first frame."""
        tries = 0
        context: VideoCodecContext | None = decoder_like(self._stream)
        for number, packet in packets:
            if context is not None:
                frame = _frame_of(context, packet)
                tries += 1
                if frame is not None:
                    self.look = _look(frame)
                if frame is not None or tries == _MAX_PACKETS:
                    context = None
            yield number, packet


def _frame_of(context: VideoCodecContext, packet: av.Packet[VideoStream]) -> VideoFrame | None:
    try:
        frames = context.decode(packet) or context.decode(None)
    except av.error.FFmpegError:
        frames = []
    context.flush_buffers()
    return frames[0] if frames else None


def _look(frame: VideoFrame) -> Look:
    matrix = display_matrix(frame)
    quarter_turns, mirrored = (0, False) if matrix == UPRIGHT else turns(matrix)
    full = int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
    return Look(_MATRICES.get(int(frame.colorspace), "bt601"), full, quarter_turns, mirrored)
