"""A video drawn on the spot, whose events are known: cuts, a dissolve and a fade to black.

Each scene is a landscape of smooth noise under a camera that moves, with discs that drift across;
enough texture and motion for a model that was trained on footage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

WIDTH, HEIGHT, RATE = 640, 360, 25
_GRADUAL_FRAMES = {"dissolve": 14, "fade": 14}
_OCTAVES = ((6, 0.55), (14, 0.28), (40, 0.17))

Image = npt.NDArray[np.float32]

_PALETTES = tuple(
    (np.array(dark, np.float32), np.array(light, np.float32))
    for dark, light in (
        ((10, 40, 90), (190, 215, 235)),
        ((60, 25, 5), (240, 170, 70)),
        ((5, 50, 15), (150, 200, 90)),
        ((70, 10, 60), (245, 190, 215)),
        ((110, 70, 0), (255, 240, 150)),
        ((25, 25, 30), (210, 205, 190)),
    )
)
"""Dark and light colour of each scene: sea, desert, meadow, dusk, straw, stone."""


@dataclass(frozen=True, slots=True)
class Transition:
    """What lies between two drawn scenes.

    :param kind: ``cut``, ``dissolve`` or ``fade``.
    :param start: seconds of its first frame.
    :param end: seconds of the first frame that is wholly the new scene.
    """

    kind: str
    start: Fraction
    end: Fraction


_SCENES: tuple[tuple[int, str], ...] = (
    (75, "cut"),
    (60, "cut"),
    (85, "dissolve"),
    (80, "fade"),
    (70, "cut"),
    (65, "end"),
)
"""Frames of each scene, and how it gives way to the next."""


def transitions() -> list[Transition]:
    """What :func:`draw_video` draws, in order."""
    found = []
    at = 0
    for frames, kind in _SCENES[:-1]:
        at += frames
        end = at + _GRADUAL_FRAMES.get(kind, 0)
        found.append(Transition(kind, Fraction(at, RATE), Fraction(end, RATE)))
        at = end
    return found


def _smooth_noise(random: np.random.Generator, width: int, height: int) -> Image:
    """``(height, width)`` in [0, 1]: a few octaves of bilinearly enlarged noise."""
    total = np.zeros((height, width), np.float32)
    for cells, weight in _OCTAVES:
        grid = random.random((cells + 2, cells * 2 + 2), np.float32)
        y = np.linspace(0, cells, height, dtype=np.float32)[:, None]
        x = np.linspace(0, cells * 2, width, dtype=np.float32)[None, :]
        y0, x0 = y.astype(int), x.astype(int)
        fy, fx = y - y0, x - x0
        top = grid[y0, x0] * (1 - fx) + grid[y0, x0 + 1] * fx
        low = grid[y0 + 1, x0] * (1 - fx) + grid[y0 + 1, x0 + 1] * fx
        total += weight * (top * (1 - fy) + low * fy)
    return total


class _Scene:
    """Renders one scene's frames, deterministic in its number."""

    def __init__(self, number: int) -> None:
        random = np.random.default_rng(1000 + number)
        noise = _smooth_noise(random, WIDTH * 2, HEIGHT * 2)[..., None]
        dark, light = _PALETTES[number % len(_PALETTES)]
        self._world: Image = dark + (light - dark) * noise
        self._velocity = random.uniform(-1.6, 1.6, 2)
        self._discs = [
            (random.uniform(0, 1, 2), random.uniform(-0.01, 0.01, 2), random.uniform(0, 255, 3))
            for _ in range(3)
        ]

    def frame(self, time: int) -> Image:
        top = int(HEIGHT / 2 + self._velocity[0] * time) % HEIGHT
        left = int(WIDTH / 2 + self._velocity[1] * time) % WIDTH
        image = self._world[top : top + HEIGHT, left : left + WIDTH].copy()
        rows, columns = np.ogrid[:HEIGHT, :WIDTH]
        for place, velocity, colour in self._discs:
            y, x = ((place + velocity * time) % 1.0) * (HEIGHT, WIDTH)
            image[(rows - y) ** 2 + (columns - x) ** 2 < (HEIGHT / 9) ** 2] = colour
        return image


def _frames() -> Iterator[Image]:
    scenes = [_Scene(number) for number in range(len(_SCENES))]
    times = [0] * len(scenes)

    def render(number: int) -> Image:
        times[number] += 1
        return scenes[number].frame(times[number])

    for number, (frames, kind) in enumerate(_SCENES):
        for _ in range(frames):
            yield render(number)
        steps = _GRADUAL_FRAMES.get(kind, 0)
        for step in range(steps):
            share = np.float32((step + 1) / (steps + 1))
            if kind == "dissolve":
                yield render(number) * (1 - share) + render(number + 1) * share
            else:
                yield render(number) * (1 - share)


def draw_video(path: Path) -> int:
    """Draw the video as H.264 in MP4, its index at the end as most files have it.

    :returns: how many frames were drawn.
    """
    count = 0
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream(
            "libx264", rate=RATE, options={"crf": "23", "preset": "veryfast"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in _frames():
            picture = np.clip(image, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            count += 1
        container.mux(stream.encode(None))
    return count
