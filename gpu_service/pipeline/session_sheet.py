"""The contact sheet of a session: every event of its videos, with times."""

from __future__ import annotations

import anyio
import anyio.to_thread

from gpu_service.encode.contact_sheet import SheetTile, draw_contact_sheet
from gpu_service.events import timeline_key
from gpu_service.jobs import Video
from gpu_service.pipeline.services import Sinks
from gpu_service.sink.base import StoredObject

_FETCHES_IN_FLIGHT = 8


async def renew_session_sheet(sinks: Sinks, video: Video, max_tiles: int) -> str:
    raise NotImplementedError
