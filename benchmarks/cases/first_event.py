"""When the first event of a video is committed, while the rest still arrives slowly."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, WrongResultsError
from benchmarks.long_media import minutes_of_video
from benchmarks.place import Place, Video
from benchmarks.process import Running
from benchmarks.s3.site import SLOW_BYTES_PER_SECOND
from benchmarks.service import read_analysis, start_analyze

_MINUTES = 3
_MOST_SHARE = 25.0
_POLL_SECONDS = 0.02
_SEEN = "SELECT EXISTS (SELECT FROM event WHERE video_id = $1 AND has_thumbnail)"


def run(context: Context) -> Outcome:
    """Poll the table from outside; at the first row, ask the proxy what has been read."""
    minutes = 1 if context.quick else _MINUTES
    path = minutes_of_video(context.made_media, context.media, minutes, index_first=True)
    video = context.place.upload(path)
    size = path.stat().st_size
    shares, firsts, wholes = [], [], []
    for _ in range(context.repeats):
        # Rows of an earlier result stay until the new one is whole: begin with none.
        context.place.clear()
        context.place.s3.reset(bytes_per_second=SLOW_BYTES_PER_SECOND)
        started = time.monotonic()
        running = start_analyze(context.place, [video], name="first-event")
        try:
            read = asyncio.run(_bytes_at_first_row(context.place, video, running))
            firsts.append(time.monotonic() - started)
        finally:
            finished = running.wait()
        events = read_analysis(finished, [video]).printed[video.name]["events"]
        if not events or read is None:
            raise WrongResultsError("the video has no events, or no row was seen while it ran")
        shares.append(100 * read / size)
        wholes.append(finished.wall_seconds)
    context.place.s3.reset()
    figures = [
        Figure("bytes sent when the first row is seen", "%", tuple(shares), at_most=_MOST_SHARE),
        Figure("first row after the start of the process", "s", tuple(firsts)),
        Figure("whole video", "s", tuple(wholes)),
    ]
    note = (
        f"{minutes} minutes of 720p, {size / 1e6:.0f} MB, through "
        f"{SLOW_BYTES_PER_SECOND / 1e6:g} MB/s; what is counted has left the proxy, which is no "
        "less than what the service has received"
    )
    return Outcome(figures, {"bytes": size}, [note])


async def _bytes_at_first_row(place: Place, video: Video, running: Running) -> int | None:
    """What the proxy had sent when the first row could be read; None if there was none."""
    connection = await asyncpg.connect(place.database_url)
    try:
        while not running.ended:
            if await connection.fetchval(_SEEN, video.number):
                return place.s3.counts().bytes_read(video.key)
            await asyncio.sleep(_POLL_SECONDS)
    finally:
        await connection.close()
    return None
