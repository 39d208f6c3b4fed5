"""Is every thumbnail the right frame, with the right colours? Against the ffmpeg command line.

For each real video the midpoint frames of its reference events (or, without a reference, the
middle of the file and five frames drawn by chance) are taken as the service takes them, encoded
as JPEG, and compared with what ``ffmpeg`` decodes there by default. A frame is right when

* its picture is closer to ffmpeg's frame than to any of the two neighbours on either side that
  differs from it at all, and its JPEG is closer to the JPEG of ffmpeg's frame than to the JPEGs of
  those (in a still scene neighbours differ by a few last bits, far less than JPEG's own loss),
* its picture reaches 36 dB PSNR against ffmpeg's, and
* its decoded JPEG does too, or is no further from ffmpeg's frame than the JPEG made of that very
  frame is. The latter is said in the table ("at JPEG's limit"), since then it is 4:2:0 at this
  quality that can't hold the picture, and not the frame or its colours.

Two figures are given for each JPEG: as a JPEG decoder shows it, which interpolates chroma, and
("repeated") with each chroma sample repeated over its four pixels, which is how ffmpeg makes RGB of
4:2:0 video. The second one leaves out what is only the two decoders' taste.

``python -m benchmarks.thumbnails [--media DIR]`` exits with 1 when any frame is wrong.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import simplejpeg

from benchmarks.cli_frames import CliFrames
from benchmarks.media import chosen_folder, video_files
from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import open_video
from gpu_service.detect.segments import segments_of
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.events import Scores
from gpu_service.frames import Picture, UInt8Array
from gpu_service.settings import PipelineSettings
from gpu_service.timeline import FrameTimes

_WANTED_DB = 36.0
_SAME_DB = 99.0
_NEIGHBOURS = (-2, -1, 1, 2)
_SAME_SECONDS = 1e-3
_LIMIT_DB = 0.5
"""How far our JPEG may fall behind the JPEG of ffmpeg's own frame: rounding, no more."""


def psnr(a: UInt8Array, b: UInt8Array) -> float:
    """In dB; 99 for equal pictures."""
    error = float(np.mean((a.astype(np.float32) - b) ** 2))
    return _SAME_DB if error == 0 else min(_SAME_DB, 10 * float(np.log10(255**2 / error)))


def through_jpeg(encoder: CpuJpegEncoder, rgb: UInt8Array) -> UInt8Array:
    """Encoded as the service does it, and decoded as a viewer does it."""
    decoded: UInt8Array = simplejpeg.decode_jpeg(encoder.encode(Picture(rgb, 0)))
    return decoded


@dataclass(slots=True)
class Result:
    """What one video gave."""

    name: str
    picture_db: list[float] = field(default_factory=list)
    jpeg_db: list[float] = field(default_factory=list)
    repeated_db: list[float] = field(default_factory=list)
    at_limit: int = 0
    wrong: list[str] = field(default_factory=list)

    def row(self) -> str:
        """One line of the table."""
        count = len(self.picture_db)
        note = f"  ({self.at_limit} at JPEG's limit)" if self.at_limit else ""
        return (
            f"{self.name:26} {count - len(self.wrong):4}/{count:<4} {min(self.picture_db):8.1f}"
            f" {min(self.jpeg_db):8.1f} {min(self.repeated_db):8.1f}{note}"
        )


def chosen_frames(times: FrameTimes, reference: Path) -> list[int]:
    """PTS of the frames to check."""
    if reference.exists():
        stored = np.load(reference)
        scores = Scores(stored["single"].astype(np.float32), stored["many"].astype(np.float32))
        spans = [times.span(s.first, s.end) for s in segments_of(scores, times)]
        return [times.on_screen(span.midpoint_pts) for span in spans]
    chance = np.random.default_rng(len(times)).integers(0, len(times), 5)
    middle = times.on_screen(times.span(0, len(times)).midpoint_pts)
    return sorted({middle, *(times.pts[int(i)] for i in chance)})


def check(path: Path, name: str) -> Result:
    """All chosen frames of one video."""
    result = Result(name)
    encoder = CpuJpegEncoder()
    with path.open("rb", buffering=0) as file:
        packets = ByteBudget("packets", PipelineSettings().packets_budget_bytes)
        decoder = open_video(file, name, packets=packets)
        for _ in decoder.scan():
            pass
        times = decoder.times()
        wanted = chosen_frames(times, path.parent / "reference" / f"{path.name}.npz")
        ordinals = [times.pts.index(pts) for pts in wanted]
        around = {0, *(i + step for i in ordinals for step in (0, *_NEIGHBOURS))}
        cli = CliFrames(path, decoder.stream_index, sorted(around & set(range(len(times)))))
        for ordinal, pts in zip(ordinals, wanted, strict=True):
            picture = decoder.picture(pts)
            if not isinstance(picture, Picture):
                result.wrong.append(f"frame {ordinal}: no picture ({picture})")
                continue
            judge(result, ordinal, picture, cli, encoder)
            if abs(cli.seconds(ordinal) - float(times.seconds(picture.pts))) > _SAME_SECONDS:
                result.wrong.append(f"frame {ordinal}: ffmpeg has it at {cli.seconds(ordinal)} s")
        decoder.close()
    return result


def judge(
    result: Result, ordinal: int, picture: Picture, cli: CliFrames, encoder: CpuJpegEncoder
) -> None:
    """Compare one picture and its JPEG with ffmpeg's frame and that frame's neighbours."""
    expected = cli.rgb(ordinal)
    if expected is None or expected.shape != picture.rgb.shape:
        raise RuntimeError(f"{result.name}: ffmpeg shows frame {ordinal} in another size")
    jpeg = encoder.encode(picture)
    decoded = simplejpeg.decode_jpeg(jpeg)
    ideal = through_jpeg(encoder, expected)
    raw, lossy = psnr(picture.rgb, expected), psnr(decoded, expected)
    result.picture_db.append(raw)
    result.jpeg_db.append(lossy)
    result.repeated_db.append(psnr(simplejpeg.decode_jpeg(jpeg, fastupsample=True), expected))
    for step in _NEIGHBOURS:
        other = cli.rgb(ordinal + step)
        if other is None or psnr(other, expected) == _SAME_DB:
            continue
        closer = psnr(picture.rgb, other) >= raw
        if closer or psnr(decoded, through_jpeg(encoder, other)) > psnr(decoded, ideal):
            result.wrong.append(f"frame {ordinal}: closer to its neighbour {step:+}")
            return
    at_limit = lossy < _WANTED_DB and lossy >= psnr(ideal, expected) - _LIMIT_DB
    result.at_limit += at_limit
    if raw < _WANTED_DB or (lossy < _WANTED_DB and not at_limit):
        result.wrong.append(f"frame {ordinal}: {raw:.1f} dB, JPEG {lossy:.1f} dB")


def main() -> int:
    """Check every video of the folder; 1 when anything is wrong."""
    folder = chosen_folder(__doc__)
    videos = video_files(folder)
    print(
        f"{'video':26} {'right':>9} {'picture':>8} {'JPEG':>8} {'repeated':>8}   (least PSNR, dB)"
    )
    results = []
    for path in videos:
        results.append(check(path, str(path.relative_to(folder))))
        print(results[-1].row(), flush=True)
        for line in results[-1].wrong:
            print(f"    {line}")
    frames = sum(len(result.picture_db) for result in results)
    wrong = sum(len(result.wrong) for result in results)
    limited = sum(result.at_limit for result in results)
    print(f"{frames - wrong} of {frames} thumbnails right, {limited} of them at JPEG's limit")
    return 1 if wrong or not results else 0


if __name__ == "__main__":
    sys.exit(main())
