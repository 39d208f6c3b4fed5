"""What a hardware decoder has to know of a stream."""

from __future__ import annotations

from dataclasses import dataclass, field

from av.video.stream import VideoStream

from gpu_service.decode.bitstream import parameter_sets
from gpu_service.errors import InputError

CODECS = {"h264": "H264", "hevc": "HEVC", "vp9": "VP9", "av1": "AV1"}
"""libav's names to PyNvVideoCodec's; what else NVDEC decodes is left to the CPU."""

BIT_DEPTHS = {"yuv420p": 8, "yuvj420p": 8, "yuv420p10le": 10, "yuv420p12le": 12}
"""Of libav's pixel formats that become NV12 or P016."""


_WITHOUT_SETS = {"VP9", "AV1"}


@dataclass(frozen=True, slots=True)
class StreamKind:
    """What a decoder is made for, and can be used again for.

    :param codec: PyNvVideoCodec's name.
    :param width: of the picture; so is ``height``.
    :param sets: the parameter sets of the header. Two streams that differ in them alone may need
        another number of reference pictures, and a decoder can't be given more of them.
    """

    codec: str
    bit_depth: int
    width: int
    height: int
    sets: bytes = field(repr=False)

    @property
    def is_certain(self) -> bool:
        """Whether a stream of an equal kind is sure to suit the same decoder."""
        return bool(self.sets) or self.codec in _WITHOUT_SETS

    def __str__(self) -> str:
        return f"{self.codec} of {self.bit_depth} bits, {self.width}x{self.height}"


def stream_kind(stream: VideoStream, name: str) -> StreamKind:
    """From the stream's header.

    :param name: the video, for messages.
    :raises InputError: ``unsupported`` for a codec or pixel format that no NVDEC decodes into NV12
        or P016, or without a picture size.
    """
    context = stream.codec_context
    codec = context.codec.canonical_name
    pixels = context.pix_fmt or "unknown pixels"
    if codec not in CODECS or pixels not in BIT_DEPTHS or not context.width:
        raise InputError(
            f"{name}: NVDEC does not decode {codec} of {pixels}, {context.width}x{context.height}: "
            "it is given H.264, HEVC, VP9 and AV1 of 4:2:0; --device auto leaves the rest to the CPU",
            reason="unsupported",
        )
    sets = parameter_sets(stream, codec) if CODECS[codec] not in _WITHOUT_SETS else b""
    return StreamKind(CODECS[codec], BIT_DEPTHS[pixels], context.width, context.height, sets)
