"""Which row of ``video`` a source belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gpu_service.errors import SettingsError
from gpu_service.events import timeline_key
from gpu_service.jobs import SourceRef, Video
from gpu_service.sink.object_rules import check_key
from gpu_service.sink.queries import QUERIES
from gpu_service.sink.text import storable_path

_ID_MAX = 2**63 - 1


def stored_address(ref: SourceRef) -> tuple[str, str]:
    """``s3_bucket`` and ``s3_key`` of a source; a file's bucket is empty, its key absolute."""
    if ref.bucket:
        return ref.bucket, storable_path(ref.key)
    return "", storable_path(str(Path(ref.key).absolute()))


async def resolve(
    connection: Any, ref: SourceRef, video_id: int | None, session: str | None
) -> Video:
    """See :meth:`gpu_service.sink.postgres.Database.resolve_video`."""
    bucket, key = stored_address(ref)
    in_key = ref.ids_in_key
    if in_key is not None:
        session = session if session is not None else in_key[0]
        video_id = video_id if video_id is not None else in_key[1]
    if video_id is None:
        row = await connection.fetchrow(QUERIES["video_by_source"], bucket, key)
        video_id = row["id"] if row else ref.derived_video_id
    if not 0 <= video_id <= _ID_MAX:
        raise SettingsError(f"{ref}: video id {video_id} is out of range", reason="usage")
    row = await connection.fetchrow(QUERIES["video_by_id"], video_id)
    if row is not None:
        if row["s3_key"] and (row["s3_bucket"], row["s3_key"]) != (bucket, key):
            raise video_id_taken(ref, video_id)
        session = session if session is not None else row["session_id"]
    video = Video(video_id, session, ref)
    try:
        check_key(timeline_key(video.session_folder))
    except SettingsError as error:
        raise SettingsError(
            f"{ref}: session {session!r} can't be part of an object's key; give another --session "
            f"({error})",
            reason=error.reason,
        ) from error
    return video


def video_id_taken(ref: SourceRef, video_id: int) -> SettingsError:
    """The error for an id whose row is of another source."""
    return SettingsError(
        f"{ref}: video {video_id} is another source in the database; give another --video-id, "
        "or remove that row first",
        reason="video_id_taken",
    )
