"""Test videos drawn with ffmpeg: small, every frame unlike every other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.support.ffmpeg import ffmpeg

FRAMES = 48
GOP = 12


@dataclass(frozen=True, slots=True)
class Clip:
    """How a clip is made.

    :param codec: ffmpeg's arguments after the input.
    :param size: width x height of the drawing.
    :param drawing: a filter chain behind the drawing.
    """

    file: str
    codec: str
    size: str = "64x48"
    rate: str = "25"
    drawing: str = "null"
    frames: int = FRAMES


_X264 = f"-c:v libx264 -preset ultrafast -g {GOP} -keyint_min {GOP} -sc_threshold 0"
_B_FRAMES = f"{_X264} -bf 2 -b_strategy 0 -qp 10"
_OPEN = f"{_B_FRAMES} -x264-params open-gop=1"
_X265 = f"-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint={GOP}:min-keyint={GOP}:bframes=2"
_MPEG2 = f"-c:v mpeg2video -q:v 2 -g {GOP} -bf 2"
_VFR = "select='not(eq(mod(n,5),3))*not(eq(mod(n,7),2))'"

CLIPS: dict[str, Clip] = {
    "mp4": Clip("a.mp4", f"{_X264} -bf 0 -qp 10"),
    "mp4-b-frames": Clip("a.mp4", _B_FRAMES),
    "mp4-open-gop": Clip("a.mp4", _OPEN),
    "mp4-vfr": Clip("a.mp4", f"{_B_FRAMES} -fps_mode passthrough", drawing=_VFR),
    "mp4-late-start": Clip("a.mp4", f"{_B_FRAMES} -output_ts_offset 3.2"),
    "mp4-no-edit-list": Clip("a.mp4", f"{_B_FRAMES} -use_editlist 0"),
    "mp4-faststart-audio": Clip("a.mp4", f"{_B_FRAMES} -c:a aac -movflags +faststart"),
    "fragmented": Clip(
        "a.mp4", f"{_B_FRAMES} -movflags frag_keyframe+empty_moov+default_base_moof"
    ),
    "fragmented-vfr": Clip(
        "a.mp4", f"{_OPEN} -fps_mode passthrough -movflags frag_keyframe+empty_moov", drawing=_VFR
    ),
    "mov-prores": Clip("a.mov", "-c:v prores_ks -profile:v 0"),
    "mov-png": Clip("a.mov", "-c:v png -pix_fmt rgb24", frames=12),
    "mov-png-alpha": Clip("a.mov", "-c:v png -pix_fmt rgba", frames=12),
    "avi-raw-palette": Clip("a.avi", "-c:v rawvideo -pix_fmt pal8", frames=12),
    "mkv": Clip("a.mkv", _B_FRAMES),
    "mkv-open-gop": Clip("a.mkv", _OPEN),
    "mkv-vfr": Clip("a.mkv", f"{_B_FRAMES} -fps_mode passthrough", drawing=_VFR),
    "mkv-live": Clip("a.mkv", f"{_B_FRAMES} -live 1"),
    "mkv-ffv1-422-10": Clip("a.mkv", "-c:v ffv1 -pix_fmt yuv422p10le", frames=12),
    "mkv-ffv1-gray": Clip("a.mkv", "-c:v ffv1 -pix_fmt gray", frames=12),
    "mkv-ffv1-gray16": Clip("a.mkv", "-c:v ffv1 -pix_fmt gray16le", frames=12),
    "ts": Clip("a.ts", f"{_B_FRAMES} -muxdelay 0"),
    "ts-open-gop": Clip("a.ts", _OPEN),
    "ts-wrap": Clip("a.ts", f"{_B_FRAMES} -output_ts_offset 95442.6 -muxdelay 0"),
    "ts-mpeg2": Clip("a.ts", _MPEG2),
    "ts-mpeg2-interlaced": Clip("a.ts", f"{_MPEG2} -flags +ildct+ilme"),
    "ts-hevc": Clip("a.ts", _X265),
    "ts-hevc-large": Clip("a.ts", _X265, size="128x96"),
    "ps-mpeg2": Clip("a.mpg", _MPEG2),
    "mp4-interlaced": Clip("a.mp4", f"{_B_FRAMES} -x264-params tff=1"),
    "hevc": Clip("a.mp4", f"{_X265}:open-gop=0 -tag:v hvc1"),
    "hevc-open-gop": Clip("a.mkv", f"{_X265}:open-gop=1"),
    "hevc-10": Clip("a.mp4", f"{_X265} -pix_fmt yuv420p10le"),
    "h264-10": Clip("a.mp4", f"{_B_FRAMES} -pix_fmt yuv420p10le"),
    "h264-444": Clip("a.mp4", f"{_B_FRAMES} -pix_fmt yuv444p"),
    "h264-rgb": Clip("a.mkv", f"-c:v libx264rgb -preset ultrafast -qp 10 -g {GOP}"),
    "vp9": Clip(
        "a.webm", f"-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g {GOP} -auto-alt-ref 1"
    ),
    "vp8": Clip("a.webm", f"-c:v libvpx -deadline realtime -cpu-used 8 -g {GOP}"),
    "av1": Clip("a.mkv", f"-c:v libsvtav1 -preset 12 -g {GOP} -svtav1-params lp=1"),
    "av1-mp4": Clip("a.mp4", f"-c:v libaom-av1 -cpu-used 8 -usage realtime -g {GOP} -row-mt 0"),
    "mp4-mpeg4": Clip("a.mp4", f"-c:v mpeg4 -q:v 2 -g {GOP}"),
    "mp4-mpeg4-b": Clip("a.mp4", f"-c:v mpeg4 -q:v 2 -g {GOP} -bf 2"),
    "avi-mpeg4": Clip("a.avi", f"-c:v mpeg4 -q:v 2 -g {GOP} -bf 2"),
    "avi-mpeg4-packed": Clip("a.avi", f"-c:v libxvid -q:v 2 -g {GOP} -bf 2 -tag:v DX50"),
    "avi-h264": Clip("a.avi", _B_FRAMES),
    "avi-mjpeg": Clip("a.avi", "-c:v mjpeg -q:v 2 -pix_fmt yuvj420p"),
    "flv": Clip("a.flv", f"-c:v flv -q:v 2 -g {GOP}"),
    "gif": Clip("a.gif", "-c:v gif", frames=12),
    "raw-h264": Clip("a.h264", _B_FRAMES),
    "intra-refresh": Clip(
        "a.mp4", "-c:v libx264 -preset ultrafast -intra-refresh 1 -g 12 -bf 0 -qp 10"
    ),
    "odd-size": Clip("a.mkv", "-c:v ffv1 -pix_fmt yuv420p", size="33x19", frames=12),
    "one-pixel": Clip("a.mkv", "-c:v ffv1 -pix_fmt yuv444p", size="1x1", frames=5),
    "single-frame": Clip("a.mp4", _B_FRAMES, frames=1),
}


def draw(clip: Clip, folder: Path) -> Path:
    """Make the clip; every frame has its own colours and its own moving pattern."""
    path = folder / clip.file
    source = (
        f"color=black:s={clip.size}:r={clip.rate},format=yuv444p,"
        "geq=lum='40+mod(2*X+Y+N*23,180)':cb='128+70*sin(N*0.9)':cr='128+70*cos(N*0.7)',"
        f"{clip.drawing}"
    )
    inputs = ["-f", "lavfi", "-i", source]
    if "-c:a" in clip.codec:
        inputs += ["-f", "lavfi", "-i", "sine=r=8000", "-shortest"]
    pixels = [] if "-pix_fmt" in clip.codec else ["-pix_fmt", "yuv420p"]
    if "libx264rgb" in clip.codec:
        pixels = ["-pix_fmt", "rgb24"]
    if "prores" in clip.codec:
        pixels = ["-pix_fmt", "yuv422p10le"]
    if clip.codec == "-c:v gif":
        pixels = []
    ffmpeg(
        *inputs,
        "-frames:v",
        str(clip.frames),
        *pixels,
        *clip.codec.split(),
        "-threads",
        "2",
        str(path),
    )
    return path
