"""Videos that NVDEC decodes, and what libavcodec says of their packets."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import cast

import av

from gpu_service.decode.nvdec.timestamps import Timestamps
from gpu_service.decode.opened_file import open_file
from gpu_service.decode.opening import video_stream
from tests.decode.clips import CLIPS, GOP, Clip

FOLDER = "NVDEC_STANDIN_VIDEOS"
"""The environment's name of the folder that several processes draw into, one after another."""

_H264 = (
    "mp4", "mp4-b-frames", "mp4-open-gop", "mp4-vfr", "mp4-late-start", "mp4-no-edit-list",
    "mp4-faststart-audio", "fragmented", "fragmented-vfr", "mkv", "mkv-open-gop", "mkv-vfr",
    "mkv-live", "ts", "ts-open-gop", "ts-wrap", "mp4-interlaced",
    "intra-refresh", "single-frame",
)  # fmt: skip

_HEVC = ("ts-hevc", "hevc", "hevc-open-gop", "hevc-10")

VIDEOS: dict[str, Clip] = {
    **{name: CLIPS[name] for name in _H264},
    # Without B-frames, which without presentation times are left to the CPU.
    "avi-h264-in-order": replace(CLIPS["mp4"], file="a.avi"),
    "raw-h264-in-order": replace(CLIPS["mp4"], file="a.h264"),
    "mov": replace(CLIPS["mp4-b-frames"], file="a.mov"),
    # More is coded than is shown, as of 1920x1088 for 1920x1080.
    "h264-cropped": replace(CLIPS["mp4-b-frames"], size="66x50"),
    "h264-widescreen": replace(CLIPS["mp4-open-gop"], size="320x180", frames=26),
    "h264-larger": replace(CLIPS["mp4-b-frames"], size="128x96"),
    "hevc-cropped": replace(CLIPS["hevc"], size="178x150"),
    # NVDEC decodes no HEVC below 144x144.
    **{name: replace(CLIPS[name], size="176x144") for name in _HEVC},
    "hevc-vfr": replace(
        CLIPS["hevc"],
        size="176x144",
        codec=f"{CLIPS['hevc'].codec} -fps_mode passthrough",
        drawing=CLIPS["mp4-vfr"].drawing,
    ),
    "ts-hevc-open-gop": replace(CLIPS["hevc-open-gop"], size="176x144", file="a.ts"),
    "mov-hevc": replace(CLIPS["hevc"], size="176x144", file="a.mov"),
    "mkv-hevc": replace(
        CLIPS["hevc"],
        size="176x144",
        file="a.mkv",
        codec=CLIPS["hevc-open-gop"].codec.replace("open-gop=1", "open-gop=0"),
    ),
    "fragmented-hevc": replace(
        CLIPS["hevc"],
        size="176x144",
        codec=f"{CLIPS['hevc'].codec} -movflags frag_keyframe+empty_moov+default_base_moof",
    ),
}

_VP9_HIDDEN = (
    f"-c:v libvpx-vp9 -deadline good -cpu-used 4 -auto-alt-ref 6 -lag-in-frames 16 -g {GOP}"
)
_AV1_HIDDEN = f"-c:v libaom-av1 -cpu-used 8 -lag-in-frames 19 -row-mt 0 -g {GOP}"

FRAMED: dict[str, Clip] = {
    **{name: replace(CLIPS[name], size="176x144") for name in ("vp9", "av1", "av1-mp4")},
    "vp9-mp4": replace(CLIPS["vp9"], size="176x144", file="a.mp4"),
    "vp9-hidden": replace(CLIPS["vp9"], size="176x144", codec=_VP9_HIDDEN),
    "av1-hidden": replace(CLIPS["av1-mp4"], size="176x144", codec=_AV1_HIDDEN),
    "av1-10": replace(
        CLIPS["av1"], size="176x144", codec=f"{CLIPS['av1'].codec} -pix_fmt yuv420p10le"
    ),
}
"""VP9 and AV1: a packet may hold frames that a later one shows, or that none does."""


def timestamps_of(path: Path) -> list[int]:
    """What each packet is given to the driver with, which stamps its surface so."""
    opened = open_file(cast("io.RawIOBase", io.BytesIO(path.read_bytes())), path.name, None)
    timestamps = Timestamps(opened.demuxer.time_base, reordered=False)
    try:
        packets = opened.demuxer.packets()
        return [
            timestamps.give(number, packet.pts, keyframe=packet.is_keyframe)
            for number, packet in packets
        ]
    finally:
        opened.demuxer.close()


def stamps_as_shown(path: Path) -> list[int]:
    """Of each frame's surface, in presentation order."""
    timestamps = timestamps_of(path)
    return [timestamps[number] for number in packets_as_shown(path)]


def packets_as_shown(path: Path) -> list[int]:
    """The number of each frame's packet, in presentation order, as libavcodec has it."""
    with av.open(
        io.BytesIO(path.read_bytes()), "r", options={"fflags": "-genpts+ignidx"}
    ) as container:
        stream = video_stream(container, path.name)
        shown: list[int] = []
        number = 0
        for packet in container.demux(stream):
            if packet.size:
                packet.pts = number
                number += 1
                shown += [frame.pts or 0 for frame in stream.codec_context.decode(packet)]
        return shown + [frame.pts or 0 for frame in stream.codec_context.decode(None)]
