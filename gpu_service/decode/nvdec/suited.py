"""Whether NVDEC is given a video, found out before anything is decoded."""

from __future__ import annotations

from gpu_service.decode.demux import Demuxer
from gpu_service.decode.nvdec.caps import check
from gpu_service.decode.nvdec.stream_kind import StreamKind, stream_kind
from gpu_service.errors import InputError


def suited(demuxer: Demuxer, gpu: int, name: str) -> StreamKind:
    """What a GPU's decoder has to be made for.

    :param name: the video, for messages.
    :raises InputError: ``unsupported``: it does not decode such a stream, or could not say which of
        its frames is which; see :class:`~gpu_service.decode.nvdec.timestamps.Timestamps`.
    :raises SettingsError: ``no_cuda``, there is no NVDEC that can be used.
    """
    kind = stream_kind(demuxer.stream, name)
    check(kind, gpu, name)
    if demuxer.stream.codec_context.reorder_depth and not demuxer.has_presentation_times:
        raise InputError(
            f"{name}: NVDEC is not given {kind} out of order without presentation times, as this "
            "container has none; --device auto leaves it to the CPU",
            reason="unsupported",
        )
    return kind
