"""The whole service over every real video: is each stored thumbnail the frame that ffmpeg shows?

Starts a PostgreSQL and an S3 endpoint, uploads every video, runs ``gpu-service migrate``, one
``gpu-service analyze`` of them all and ``gpu-service verify``, as processes of their own. Then each
row's JPEG is fetched and compared with the ffmpeg command line's frame at the row's
``thumbnail_timestamp``, put through the same encoder: the two files must be the same to the byte.
Where a neighbouring frame that differs gives those bytes too, the scene is so still that JPEG drops
the difference; that is counted and said.

``python -m benchmarks.published [--media DIR]`` exits with 1 when anything is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from benchmarks.cli_frames import CliFrames
from benchmarks.media import chosen_folder, video_files
from gpu_service.decode.cpu import open_video
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.frames import Picture
from gpu_service.local.postgres import embedded_postgres
from gpu_service.local.s3 import s3_endpoint

_RAW, _THUMBNAILS = "capstone-dev-raw", "capstone-dev-thumbnails"
_NEIGHBOURS = (-2, -1, 1, 2)
_SAME_SECONDS = 1e-6


def command(environment: Mapping[str, str], *words: str) -> str:
    """Run a command of the service; returns what it printed.

    :raises RuntimeError: when it does not end with 0.
    """
    done = subprocess.run(
        [sys.executable, "-m", "gpu_service", *words],
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"gpu-service {words[0]} ended with {done.returncode}")
    return done.stdout


def frame_times(path: Path) -> tuple[int, list[float]]:
    """The stream's index in the file, and each frame's seconds from the first."""
    with path.open("rb", buffering=0) as file:
        decoder = open_video(file, path.name)
        for _ in decoder.scan():
            pass
        times = decoder.times()
        decoder.close()
        return decoder.stream_index, [float(times.seconds(pts)) for pts in times.pts]


def check_thumbnails(path: Path, result: dict[str, Any], client: Any) -> tuple[list[str], int]:
    """What is wrong with a video's stored thumbnails, a line each; how many are of still scenes."""
    stream, seconds = frame_times(path)
    at = [event["thumbnail_timestamp"] for event in result["events"]]
    ordinals = [min(range(len(seconds)), key=lambda i: abs(seconds[i] - moment)) for moment in at]
    wanted = {0, *(i + step for i in ordinals for step in (0, *_NEIGHBOURS))}
    cli = CliFrames(path, stream, sorted(wanted & set(range(len(seconds)))))
    encoder = CpuJpegEncoder()
    wrong: list[str] = []
    still = 0
    for event, ordinal, moment in zip(result["events"], ordinals, at, strict=True):
        stored = client.get_object(Bucket=_THUMBNAILS, Key=event["s3_thumbnail_key"])
        body = stored["Body"].read()
        middle = (event["start_time"] + event["end_time"]) / 2
        end = seconds[ordinal + 1] if ordinal + 1 < len(seconds) else result["duration"]
        if not moment - _SAME_SECONDS <= middle < end + _SAME_SECONDS:
            wrong.append(f"{moment} s is not on screen at the midpoint {middle} s")
        frame = cli.rgb(ordinal)
        if frame is None or abs(seconds[ordinal] - moment) > _SAME_SECONDS:
            wrong.append(f"no frame at {moment} s")
        elif body != encoder.encode(Picture(frame, 0)):
            wrong.append(f"the thumbnail at {moment} s differs from ffmpeg's frame {ordinal}")
        still += any(
            (other := cli.rgb(ordinal + step)) is not None
            and frame is not None
            and not (other == frame).all()
            and body == encoder.encode(Picture(other, 0))
            for step in _NEIGHBOURS
        )
    return wrong, still


def analysed(
    paths: Sequence[Path], environment: Mapping[str, str], client: Any
) -> list[dict[str, Any]]:
    """Upload, analyze in one batch, verify; one result a video, in order."""
    for bucket in (_RAW, _THUMBNAILS):
        client.create_bucket(Bucket=bucket)
    addresses = []
    for number, path in enumerate(paths, 1):
        key = f"videos/session_bench/video_{number}{path.suffix}"
        client.upload_file(str(path), _RAW, key)
        addresses.append(f"s3://{_RAW}/{key}")
    command(environment, "migrate")
    lines = command(environment, "analyze", "--json", *addresses).splitlines()
    command(environment, "verify")
    return [json.loads(line) for line in lines]


def main() -> int:
    """Check every video of the folder; 1 when anything is wrong."""
    folder = chosen_folder(__doc__)
    paths = video_files(folder)
    with (
        tempfile.TemporaryDirectory() as scratch,
        embedded_postgres(Path(scratch) / "data") as url,
        s3_endpoint() as endpoint,
    ):
        environment = os.environ | {
            "DATABASE_URL": url,
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            region_name="us-east-1",
        )
        results = analysed(paths, environment, client)
        right = total = 0
        for path, result in zip(paths, results, strict=True):
            wrong, still = check_thumbnails(path, result, client)
            count = len(result["events"])
            right, total = right + count - len(wrong), total + count
            read = result["bytes_read"] / result["object_size"]
            print(
                f"{path.name:26} {result['status']:9} {result['frames']:5} frames {count:4} "
                f"thumbnails {count - len(wrong):4} right, read {read:.3f} of the object"
                + (f" ({still} of a still scene)" if still else "")
            )
            for line in wrong:
                print(f"    {line}")
    print(f"{right} of {total} stored thumbnails are ffmpeg's frame to the byte; verify: sound")
    return 0 if right == total > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
