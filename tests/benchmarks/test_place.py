from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.place import Place
from benchmarks.s3 import site
from benchmarks.s3.site import RAW_BUCKET, THUMBNAILS_BUCKET


@pytest.mark.parametrize("largest", [10**9, 10], ids=["in moto", "from the file"])
def test_an_uploaded_video_is_read_through_the_proxy(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, largest: int
) -> None:
    monkeypatch.setattr(site, "_LARGEST_IN_MOTO_BYTES", largest)
    path = tmp_path / "a.mp4"
    path.write_bytes(b"0123456789" * 100)
    video = bench_place.upload(path)
    assert bench_place.upload(path) == video
    assert video.address == f"s3://{RAW_BUCKET}/{video.key}"
    assert video.key == f"videos/session_bench/video_{video.number}.mp4"
    url = f"{bench_place.s3.url}/{RAW_BUCKET}/{video.key}"
    before = bench_place.s3.counts().bytes_read(video.key)
    # A public read will do: what is tested is whose bytes are counted.
    bench_place.s3.direct.put_bucket_policy(Bucket=RAW_BUCKET, Policy=_PUBLIC)
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == path.read_bytes()
    assert bench_place.s3.counts().bytes_read(video.key) - before == 1000
    assert bench_place.s3.counts().bytes_read("videos/other.mp4") == 0


_PUBLIC = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", '
    f'"Action": "s3:GetObject", "Resource": "arn:aws:s3:::{RAW_BUCKET}/*"}}]}}'
)


def test_clearing_leaves_neither_rows_nor_thumbnails(bench_place: Place) -> None:
    # Of other tests, which share the place.
    bench_place.clear()
    bench_place.s3.direct.put_object(Bucket=THUMBNAILS_BUCKET, Key="events/a.jpg", Body=b"x")
    asyncio.run(
        bench_place.execute(
            "INSERT INTO video (id, s3_bucket, s3_key, status) VALUES (7, 'b', 'k', 'running');"
            "INSERT INTO event (id, video_id, start_time, end_time) VALUES (8, 7, 0, 1)"
        )
    )
    bench_place.clear()
    assert bench_place.s3.thumbnail_keys() == set()
    for table in ("video", "event"):
        assert asyncio.run(bench_place.value(f"SELECT count(*) FROM {table}")) == 0


def test_a_program_finds_the_site_and_no_other(
    bench_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("GPU_SERVICE_DETECT_MODE", "fast")
    environment = bench_place.environment({"GPU_SERVICE_CONCURRENCY": "3"})
    assert environment["AWS_ENDPOINT_URL"] == bench_place.s3.url
    assert environment["DATABASE_URL"] == bench_place.database_url
    assert "AWS_PROFILE" not in environment
    assert environment["GPU_SERVICE_DETECT_MODE"] == "fast"
    assert environment["GPU_SERVICE_CONCURRENCY"] == "3"
    script = "import os, shutil; print(os.environ['AWS_ENDPOINT_URL'], shutil.which('ffmpeg'))"
    said = bench_place.start(["-c", script], name="environment").wait().stdout.split()
    assert said == [bench_place.s3.url, str(bench_place.scratch / "bin" / "ffmpeg")]


def test_a_gone_endpoint_is_an_error_and_no_result(bench_place: Place) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{bench_place.s3.url}/{RAW_BUCKET}/videos/none.mp4")
