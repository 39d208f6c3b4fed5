"""Real videos: frame counts of the reference, and the frames that ffmpeg decodes."""

from __future__ import annotations

import io
import subprocess
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from gpu_service.budget import ByteBudget
from gpu_service.decode.cpu import open_video
from gpu_service.decode.opening import video_stream
from gpu_service.decode.scale import Scaler
from gpu_service.frames import UInt8Array
from tests.decode.opened import picture_at, scanned
from tests.support.ffmpeg import ffmpeg, ffmpeg_path
from tests.support.media import media


def frames_at(path: Path, stream: int, first: int, last: int, shape: tuple[int, ...]) -> UInt8Array:
    done = subprocess.run(
        [
            *(ffmpeg_path(), "-nostdin", "-loglevel", "error", "-i", str(path)),
            *("-map", f"0:{stream}", "-fps_mode", "passthrough"),
            *("-vf", f"select=between(n\\,{first}\\,{last})"),
            *("-pix_fmt", "rgb24", "-f", "rawvideo", "-"),
        ],
        capture_output=True,
        check=True,
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, *shape)


@pytest.mark.parametrize(
    ("name", "stream"),
    [("Megamind.avi", 0), ("nasa_13013.mp4", 3), ("goldeneye-vfr-drop3.mp4", 0),
     ("issue-134-rotate.mp4", 0), ("av1_video.mkv", 0), ("h264_10bits.mp4", 0),
     ("realshort.mp4", 0)],
)  # fmt: skip
def test_the_frame_is_the_one_that_ffmpeg_decodes(name: str, stream: int) -> None:
    path = media(name)
    scores = np.load(path.parent / "reference" / f"{name}.npz")["single"]
    with scanned(path, name) as decoder:
        times = decoder.times()
        assert len(times) == len(scores)
        assert decoder.damage is None
        middle = len(times) * 3 // 5
        picture = picture_at(decoder, times.pts[middle])
    near = frames_at(path, stream, middle - 1, middle + 1, picture.rgb.shape)
    distances = np.abs(near.astype(int) - picture.rgb).mean((1, 2, 3))
    assert distances.argmin() == 1
    # 10-bit differs by the version of libswscale alone; 8-bit is exact.
    assert distances[1] < 0.5


@pytest.mark.parametrize("kept", [True, False], ids=["from-the-cache", "read-again"])
@pytest.mark.parametrize("name", ["testvideo.mp4", "goldeneye-vfr-drop3.mp4", "nasa_13013.mp4"])
def test_a_far_jump_gives_the_very_pixels(name: str, kept: bool) -> None:
    """B-frames that others refer to, and long GOPs, as no drawn clip has them."""
    wanted = (11, 52, 103, 146)
    packets = ByteBudget("packets", 2**26) if kept else None
    with scanned(media(name), name, packets=packets) as decoder:
        pts = decoder.times().pts
        found = [picture_at(decoder, pts[ordinal]).rgb for ordinal in reversed(wanted)]
    scaler = Scaler()
    with av.open(str(media(name)), mode="r") as container:
        frames = container.decode(video_stream(container, name))
        expected = [
            scaler.rgb(frame, frame.width, frame.height)
            for ordinal, frame in enumerate(islice(frames, wanted[-1] + 1))
            if ordinal in wanted
        ]
    assert all(np.array_equal(a, b) for a, b in zip(found[::-1], expected, strict=True))


def test_rotation_shows_in_the_size() -> None:
    with scanned(media("issue-134-rotate.mp4")) as decoder:
        picture = picture_at(decoder, decoder.times().pts[100])
    assert (picture.width, picture.height) == (544, 1280)


class _Counting(io.FileIO):
    """A file that counts what is read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size) or b""
        self.count += len(data)
        return data


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi"])
def test_a_late_frame_costs_a_part_of_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    ffmpeg("-i", str(media("transnet_test.mp4")), "-map", "0:v:0", "-c", "copy", str(path))
    with _Counting(path) as file:
        decoder = open_video(file, kind)
        for _ in decoder.scan():
            pass
        pts = decoder.times().pts
        file.count = 0
        picture = picture_at(decoder, pts[len(pts) * 9 // 10])
        decoder.close()
    assert picture.width == 160
    assert file.count < path.stat().st_size / 2
