"""Runs the commands as production would, only against servers on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console
from rich.table import Table

from gpu_service.console.tables import events_table
from gpu_service.errors import InputError, InternalError, TransientError
from gpu_service.local.postgres import embedded_postgres
from gpu_service.local.s3 import s3_endpoint
from gpu_service.settings import Settings
from gpu_service.timeline import clock_text

_SESSION = "demo"
_VIDEO_ID = 1
_TIMELINE = "timeline.json"
_PROXIES = {"http_proxy", "https_proxy", "all_proxy"}

console = Console(stderr=True)


def run_demo(settings: Settings, video: Path | None, *, keep: bool) -> int:
    """Upload a video to an S3 endpoint, migrate, analyze, verify, and show what came of it.

    :param video: a file of the user's; None draws one.
    :param keep: leave the servers running until Ctrl-C.
    :returns: the exit code of the first command that failed, else 0.
    :raises InputError: the file does not exist.
    """
    if video is not None and not video.is_file():
        raise InputError(f"{video}: no such file", reason="object_missing")
    folder = settings.local_dir.resolve() / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _say("starting PostgreSQL and an S3 endpoint on this machine")
    with embedded_postgres(folder / "postgres") as database_url, s3_endpoint() as s3_url:
        _point_to(database_url, s3_url)
        path = video if video is not None else _draw(folder)
        key = f"videos/session_{_SESSION}/video_{_VIDEO_ID}{path.suffix.lower() or '.mp4'}"
        address = _upload(settings, path, key)
        code = _command("migrate")
        if code:
            return code
        code, done = _analyze(address, folder / _TIMELINE)
        if done is None or not done["events"]:
            return code
        _save_objects(settings, folder)
        code = _command("verify") or code
        _show(settings, done, folder, drawn=video is None)
        if keep:
            _wait()
    return code


def _point_to(database_url: str, s3_url: str) -> None:
    """Set this process's environment, and with it that of the commands, to the two servers.

    Of the user's own nothing is left that could lead elsewhere: no profile, no other endpoint, no
    proxy, behind which loopback is another machine.
    """
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in _PROXIES:
            del os.environ[name]
    os.environ |= {
        "DATABASE_URL": database_url,
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _say(text: str) -> None:
    console.print(f"▸ {text}", style="bold cyan", markup=False, highlight=False, soft_wrap=True)


def _draw(folder: Path) -> Path:
    from gpu_service.demo.draw import draw_video, transitions

    path = folder / "drawn.mp4"
    kinds = [transition.kind for transition in transitions()]
    _say(f"drawing a video with {', '.join(kinds)}")
    draw_video(path)
    return path


def _upload(settings: Settings, path: Path, key: str) -> str:
    client = boto3.client("s3")
    raw = settings.source.raw_bucket
    for bucket in {raw, settings.thumbnail.thumbnails_bucket}:
        client.create_bucket(Bucket=bucket)
    _say(f"uploading {path} ({path.stat().st_size:,} bytes) to s3://{raw}/{key}")
    client.upload_file(str(path), raw, key)
    client.close()
    return f"s3://{raw}/{key}"


def _invocation(*words: str) -> list[str]:
    return [sys.executable, "-m", "gpu_service", *words]


def _command(*words: str) -> int:
    _say(f"gpu-service {' '.join(words)}")
    return subprocess.run(_invocation(*words), check=False).returncode


def _analyze(address: str, timeline: Path) -> tuple[int, dict[str, Any] | None]:
    """The exit code of ``analyze`` and its JSON; None where it printed none."""
    words = ["analyze", address, "--json", "--trace", str(timeline)]
    _say(f"gpu-service {' '.join(words)}")
    done = subprocess.run(_invocation(*words), stdout=subprocess.PIPE, text=True, check=False)
    result: dict[str, Any] | None = json.loads(done.stdout) if done.stdout.strip() else None
    return done.returncode, result


def _save_objects(settings: Settings, folder: Path) -> None:
    """The endpoint forgets everything when it stops; keep what it holds as files."""
    client = boto3.client("s3")
    bucket = settings.thumbnail.thumbnails_bucket
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            target = (folder / bucket / item["Key"]).resolve()
            if not target.is_relative_to(folder):
                raise InternalError(f"the key {item['Key']!r} leaves the folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(bucket, item["Key"], str(target))
    client.close()


def _show(settings: Settings, done: dict[str, Any], folder: Path, *, drawn: bool) -> None:
    objects = folder / settings.thumbnail.thumbnails_bucket
    out = Console()
    out.print(events_table(done))
    if drawn:
        _show_truth(out)
    places = {
        "thumbnails": objects / "events",
        "timeline": f"{folder / _TIMELINE} (for ui.perfetto.dev)",
        "rows": f"PostgreSQL data in {folder / 'postgres'}; make demo-keep leaves it running",
    }
    if done["timeline_key"]:
        places = {"contact sheet": objects / done["timeline_key"], **places}
    for what, where in places.items():
        out.print(f"{what + ':':<15}{where}", markup=False, highlight=False, soft_wrap=True)


def _show_truth(out: Console) -> None:
    from gpu_service.demo.draw import transitions

    truth = Table(title="What was drawn")
    truth.add_column("transition")
    truth.add_column("from", justify="right")
    truth.add_column("to", justify="right")
    for transition in transitions():
        truth.add_row(transition.kind, clock_text(transition.start), clock_text(transition.end))
    out.print(truth)


def _wait() -> None:
    for name in ("DATABASE_URL", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        console.print(f"export {name}='{os.environ[name]}'", markup=False, soft_wrap=True)
    _say("both servers stay up; Ctrl-C ends them")
    try:
        sys.stdin.read() if not sys.stdin.isatty() else input()
    except (TransientError, KeyboardInterrupt, EOFError):
        _say("stopping")
