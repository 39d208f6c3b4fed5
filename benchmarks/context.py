"""What a case is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import NotToBeHadError
from benchmarks.media import video_files
from benchmarks.place import Place


@dataclass(frozen=True, slots=True)
class Context:
    """Place, videos and how thorough to be.

    :param media: the folder of real videos.
    :param made_media: where long videos are kept once they are made.
    :param quick: a smaller version of the case, to see that it works.
    """

    place: Place
    media: Path
    made_media: Path
    repeats: int
    quick: bool

    def video(self, name: str) -> Path:
        """A real video.

        :raises NotToBeHadError: it is not here.
        """
        path = self.media / name
        if not path.exists():
            raise NotToBeHadError(f"{name} is not in {self.media.name}")
        return path

    def videos(self) -> list[Path]:
        """Every real video."""
        return video_files(self.media)
