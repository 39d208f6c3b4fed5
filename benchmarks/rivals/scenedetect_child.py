"""The process of :mod:`benchmarks.rivals.scenedetect`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from scenedetect import AdaptiveDetector, SceneManager, open_video
from scenedetect.output import save_images

from benchmarks.rivals.base import Found, be_child

_JPEG_QUALITY = 85


def work(video: dict[str, Any], scratch: Path) -> Found:
    """Scenes and one picture of each."""
    opened = open_video(video["path"])
    manager = SceneManager()
    manager.add_detector(AdaptiveDetector())
    manager.detect_scenes(opened)
    scenes = manager.get_scene_list(start_in_scene=True)
    folder = scratch / f"scenedetect_{video['name']}"
    made = save_images(
        scenes, opened, num_images=1, encoder_param=_JPEG_QUALITY, output_dir=str(folder)
    )
    spans = [(start.seconds, end.seconds) for start, end in scenes]
    return Found(spans, sum(len(paths) for paths in made.values()))


def main() -> None:
    """Work through the job."""
    logging.getLogger("pyscenedetect").setLevel(logging.ERROR)
    be_child(work)


if __name__ == "__main__":
    main()
