"""A second decoder for a stream that another decoder is busy with."""

from __future__ import annotations

import av
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream


def decoder_like(stream: VideoStream) -> VideoCodecContext:
    """A new decoder with every parameter of the stream: extradata, colours, display matrix.

    PyAV copies a stream's parameters to a new decoder in two places: where a container is opened,
    which would read the file again, and where a stream is added to an output after the template
    of another one. The output here is libav's muxer that writes nothing, and is gone at once.
    """
    with av.open("-", "w", format="null") as nothing:
        copied = nothing.add_stream_from_template(stream, opaque=True)
        context: VideoCodecContext = copied.codec_context
    # These two are reset for an output.
    context.codec_tag = stream.codec_context.codec_tag
    context.flags = stream.codec_context.flags
    return context
