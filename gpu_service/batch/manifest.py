"""The manifest: JSON lines, each of which names a video.

``{"source": "s3://bucket/key" or a path, "video_id": 42, "session": "7"}``; only ``source`` must be
there. Blank lines, CRLF and a byte order mark are taken as they come; everything else that is not
exactly this is refused with its line, since a misread manifest publishes under wrong ids.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Sequence
from typing import NoReturn

from gpu_service.errors import SettingsError
from gpu_service.jobs import SourceRef, VideoJob

MOST_BYTES = 16 * 1024 * 1024
"""Some 100,000 videos; what is larger is no manifest."""

_KEYS = ("source", "video_id", "session")
_LARGEST_ID = 2**63 - 1


def parse_manifest(data: bytes, name: str) -> list[VideoJob]:
    """The jobs of a manifest, in its order.

    :param name: what to call it in errors.
    :raises SettingsError: ``manifest``, with the line and the remedy.
    """
    if len(data) > MOST_BYTES:
        raise SettingsError(
            f"{name}: more than {MOST_BYTES // 1024**2} MiB; split it", reason="manifest"
        )
    jobs: list[VideoJob] = []
    lines: dict[int, int] = {}
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            job = _job(line)
            if job.video.id in lines:
                raise _Refused(
                    f"video {job.video.id} is on line {lines[job.video.id]} already; remove one "
                    "of the two, or give it another video_id"
                )
        except (_Refused, SettingsError) as error:
            raise SettingsError(f"{name}:{number}: {error}", reason="manifest") from error
        lines[job.video.id] = number
        jobs.append(job)
    if not jobs:
        raise SettingsError(
            f'{name}: names no video; give one JSON object a line, such as {{"source": "a.mp4"}}',
            reason="manifest",
        )
    return jobs


def manifest_line(job: VideoJob) -> str:
    """The line of a job, without its end; :func:`parse_manifest` reads it back."""
    found = {"source": str(job.source), "video_id": job.video_id, "session": job.session}
    return json.dumps({key: value for key, value in found.items() if value is not None})


class _Refused(Exception):
    """Why a line is refused; its place is added outside."""


def _job(line: bytes) -> VideoJob:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        raise _Refused(f"not UTF-8 at byte {error.start + 1}; save it as UTF-8") from error
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise _Refused(
            f"not JSON at column {error.colno} ({error.msg}); each line is one JSON object"
        ) from error
    except (RecursionError, ValueError) as error:
        raise _Refused("nested too deep, or a number too long; each line is flat") from error
    if not isinstance(found, dict):
        raise _Refused('not a JSON object; write {"source": "s3://bucket/key"}')
    unknown = [key for key in found if key not in _KEYS]
    if unknown:
        raise _Refused(f"unknown key {unknown[0]!r}; there are {', '.join(_KEYS)}")
    if "source" not in found:
        raise _Refused('no "source"; give s3://bucket/key or a path')
    video_id = found.get("video_id")
    if "video_id" in found and not (
        isinstance(video_id, int) and not isinstance(video_id, bool) and video_id >= 1
    ):
        raise _Refused('"video_id" is not a whole number from 1 on; leave it out to derive one')
    if isinstance(video_id, int) and video_id > _LARGEST_ID:
        raise _Refused(f'"video_id" is above {_LARGEST_ID}; leave it out to derive one')
    source = SourceRef.parse(_text(found, "source"))
    return VideoJob(source, video_id, _text(found, "session") if "session" in found else None)


def _text(found: dict[str, object], key: str) -> str:
    value = found[key]
    if not isinstance(value, str):
        raise _Refused(f'"{key}" is not a string; put it in quotes')
    if not value:
        raise _Refused(f'"{key}" is empty')
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _Refused(f'"{key}" holds half a character (a lone surrogate)') from error
    if "\0" in value:
        raise _Refused(f'"{key}" holds a NUL character')
    return value


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _Refused(f"{twice!r} is there twice; keep one")
    return found


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON")
