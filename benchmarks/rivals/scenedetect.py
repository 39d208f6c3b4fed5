"""PySceneDetect: ``detect-adaptive`` with its defaults, one picture a scene."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.place import Place, Video
from benchmarks.rivals.base import Attempt, run_child


class SceneDetect:
    """A local file to scenes and local pictures."""

    name = "PySceneDetect"
    does = "a local file to scenes by content, one local picture a scene; no S3, no rows"

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        """See :class:`~benchmarks.rivals.base.Rival`."""
        return run_child(place, "benchmarks.rivals.scenedetect_child", videos, log=log)
