"""Videos made of real footage, with every kind of transition and every kind of disturbance.

They are frames of the model's size; a seed gives the same ones on every machine. What a transition
is, is not said here: the reference mode of the detector says it, and the fast mode is held against
that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from benchmarks import effects
from gpu_service.frames import UInt8Array

_SHOT_FRAMES = (35, 110)


@dataclass(frozen=True, slots=True, repr=False)
class Composed:
    """One composed video.

    :param kind: what is in it, one of :data:`KINDS`.
    :param rgb: ``(N, 27, 48, 3)`` uint8.
    """

    kind: str
    rgb: UInt8Array


@dataclass(frozen=True, slots=True, repr=False)
class Footage:
    """Real frames to draw from, and the dice.

    :param videos: name to ``(N, 27, 48, 3)`` uint8.
    """

    videos: Mapping[str, UInt8Array]
    rng: np.random.Generator
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        long = [name for name, rgb in self.videos.items() if len(rgb) >= _SHOT_FRAMES[0]]
        object.__setattr__(self, "names", sorted(long))

    def shot(self, name: str | None = None, frames: int | None = None) -> UInt8Array:
        """Consecutive frames from anywhere in a video; the last one is held where they run out."""
        rgb = self.videos[name or self.names[self.rng.integers(len(self.names))]]
        wanted = frames or int(self.rng.integers(*_SHOT_FRAMES))
        first = int(self.rng.integers(max(1, len(rgb) - wanted)))
        return _held(rgb[first : first + wanted], wanted)

    def still(self, frames: int | None = None) -> UInt8Array:
        """One frame of a video, held."""
        return _held(self.shot(frames=1), frames or int(self.rng.integers(*_SHOT_FRAMES)))

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """An integer, both ends included."""
        return int(self.rng.integers(low, high + 1))


Maker = Callable[[Footage], UInt8Array]


def _cuts(footage: Footage) -> UInt8Array:
    return np.concatenate([footage.shot() for _ in range(8)])


def _short_shots(footage: Footage) -> UInt8Array:
    shots = [footage.shot(frames=footage.count(3, 20)) for _ in range(14)]
    return np.concatenate([footage.shot(), *shots, footage.shot()])


def _jump_cuts(footage: Footage) -> UInt8Array:
    """Later or earlier in the same video: much stays the same."""
    name = footage.names[footage.count(0, len(footage.names) - 1)]
    return np.concatenate([footage.shot(name) for _ in range(8)])


def _nudges(footage: Footage) -> UInt8Array:
    """The same shot goes on from another place or nearer, as with a second camera."""
    shot = footage.shot(frames=footage.count(300, 400))
    scales = np.repeat([footage.between(0.6, 1.0) for _ in range(8)], 50)[: len(shot)]
    places = np.repeat([[footage.between(0, 1) for _ in range(8)] for _ in range(2)], 50, axis=1)
    return effects.view(shot, places[0, : len(shot)], places[1, : len(shot)], scales)


def _dissolves(footage: Footage) -> UInt8Array:
    return _chain(
        footage, lambda a, b: effects.dissolve(a, b, footage.count(4, min(40, len(a), len(b))))
    )


def _similar_dissolves(footage: Footage) -> UInt8Array:
    name = footage.names[footage.count(0, len(footage.names) - 1)]
    return _chain(
        footage,
        lambda a, b: effects.dissolve(a, b, footage.count(4, min(40, len(a), len(b)))),
        lambda: footage.shot(name),
    )


def _fades(footage: Footage) -> UInt8Array:
    def join(a: UInt8Array, b: UInt8Array) -> UInt8Array:
        level = 255 if footage.rng.random() < 0.3 else 0
        return effects.fade(a, b, footage.count(2, 30), level, footage.count(0, 20))

    return _chain(footage, join)


def _wipes(footage: Footage) -> UInt8Array:
    def join(a: UInt8Array, b: UInt8Array) -> UInt8Array:
        return effects.wipe(a, b, footage.count(4, 30), push=footage.rng.random() < 0.5)

    return _chain(footage, join)


def _flashes(footage: Footage) -> UInt8Array:
    shot = np.concatenate([footage.shot(frames=150), footage.shot(frames=150)])
    for at in range(20, 280, 40):
        shot = effects.flash(
            shot, at + footage.count(0, 15), footage.count(1, 4), footage.between(0.2, 1)
        )
    return shot


def _pans(footage: Footage) -> UInt8Array:
    def turned(shot: UInt8Array) -> UInt8Array:
        ends = footage.between(0, 1), footage.between(0, 1)
        scale = footage.between(0.3, 0.8)
        return effects.pan(shot, scale, start=ends[0], end=ends[1], row=footage.between(0, 1))

    slow = turned(footage.still(250))
    return np.concatenate([slow, *(turned(footage.shot()) for _ in range(4))])


def _zooms(footage: Footage) -> UInt8Array:
    def zoomed(shot: UInt8Array) -> UInt8Array:
        return effects.zoom(shot, footage.between(0.3, 1), footage.between(0.3, 1))

    return np.concatenate([zoomed(footage.still(200)), *(zoomed(footage.shot()) for _ in range(4))])


def _shakes(footage: Footage) -> UInt8Array:
    return np.concatenate(
        [effects.shake(footage.shot(), footage.rng, footage.between(0.1, 1.5)) for _ in range(6)]
    )


def _light_changes(footage: Footage) -> UInt8Array:
    """Clouds, dimmers and switches over one shot, then the same over a still picture."""
    parts = []
    for shot in (footage.shot(frames=200), footage.still(200)):
        drift = 1 + 0.5 * np.sin(np.arange(200) / footage.between(8, 40))
        drift[footage.count(60, 140) :] *= footage.between(0.5, 1.3)
        parts.append(effects.light(shot, drift))
    return np.concatenate(parts)


def _stills(footage: Footage) -> UInt8Array:
    """A slide show: cuts and dissolves between pictures that don't move."""

    def join(a: UInt8Array, b: UInt8Array) -> UInt8Array:
        if footage.rng.random() < 0.5:
            return np.concatenate([a, b])
        return effects.dissolve(a, b, footage.count(4, 35))

    return _chain(footage, join, footage.still)


def _noisy(footage: Footage) -> UInt8Array:
    shots = [footage.still(), footage.shot(), footage.still(), footage.shot(), footage.still()]
    return effects.noise(np.concatenate(shots), footage.rng, footage.between(1, 12))


def _held_frames(footage: Footage) -> UInt8Array:
    """Video that stops and goes on, and video in which frames come twice."""
    parts = []
    for _ in range(5):
        shot = footage.shot()
        stop = footage.count(5, len(shot) - 5)
        parts += [shot[:stop], _held(shot[stop : stop + 1], footage.count(10, 60)), shot[stop:]]
    return np.concatenate([*parts, np.repeat(footage.shot(), 2, axis=0)])


def _letterboxes(footage: Footage) -> UInt8Array:
    """Bars that come within a shot, and cuts between barred shots."""
    shots = [footage.shot() for _ in range(5)]
    rows = footage.count(2, 8)
    return np.concatenate(
        [effects.letterbox(shot, footage.count(0, len(shot) // 2), rows) for shot in shots]
    )


def _captions(footage: Footage) -> UInt8Array:
    """Titles and scoreboards that come and go over fixed and moving pictures."""
    shot = np.concatenate([footage.still(150), footage.shot(frames=150), footage.shot(frames=100)])
    for at in range(15, 360, 55):
        height, width = footage.count(2, 14), footage.count(8, 44)
        top, left = footage.count(0, 26 - height), footage.count(0, 47 - width)
        span = (at, at + footage.count(10, 40))
        shot = effects.caption(
            shot,
            footage.rng,
            box=(top, left, height, width),
            span=span,
            fade_frames=footage.count(0, 8),
        )
    return shot


def _insets(footage: Footage) -> UInt8Array:
    """Only a part of a standing picture changes shot: a screen within the screen."""
    height, width = footage.count(6, 24), footage.count(10, 44)
    top, left = footage.count(0, 26 - height), footage.count(0, 47 - width)
    frame = footage.still(400)
    within = np.concatenate([footage.shot(frames=50) for _ in range(8)])
    frame[:, top : top + height, left : left + width] = within[
        :, top : top + height, left : left + width
    ]
    return frame


def _dim(make: Maker) -> Maker:
    """The same at night, or through fog: little contrast."""

    def made(footage: Footage) -> UInt8Array:
        bright = make(footage)
        gain = footage.between(0.05, 0.35)
        offset = footage.between(0, 255 * (1 - gain)) if footage.rng.random() < 0.5 else 0.0
        return effects.light(bright, np.full(len(bright), gain), offset)

    return made


def _gray(make: Maker) -> Maker:
    return lambda footage: effects.gray(make(footage))


KINDS: dict[str, Maker] = {
    "cuts": _cuts,
    "short shots": _short_shots,
    "jump cuts": _jump_cuts,
    "nudges": _nudges,
    "dissolves": _dissolves,
    "similar dissolves": _similar_dissolves,
    "fades": _fades,
    "wipes": _wipes,
    "flashes": _flashes,
    "pans": _pans,
    "zooms": _zooms,
    "shakes": _shakes,
    "light changes": _light_changes,
    "stills": _stills,
    "noisy": _noisy,
    "held frames": _held_frames,
    "letterboxes": _letterboxes,
    "captions": _captions,
    "insets": _insets,
    "dim cuts": _dim(_cuts),
    "dim jump cuts": _dim(_jump_cuts),
    "dim dissolves": _dim(_dissolves),
    "dim stills": _dim(_stills),
    "gray cuts": _gray(_cuts),
    "gray dissolves": _gray(_dissolves),
}
"""What can be in a composed video, and who makes it."""


def compose(videos: Mapping[str, UInt8Array], seed: int, rounds: int = 1) -> Iterator[Composed]:
    """Videos of every kind, ``rounds`` of each; some 400 frames and up to 15 transitions a video.

    :param videos: real footage by name, ``(N, 27, 48, 3)`` uint8.
    """
    for index in range(rounds):
        for number, (kind, make) in enumerate(KINDS.items()):
            rng = np.random.default_rng((seed, index, number))
            yield Composed(kind, make(Footage(videos, rng)))


def _chain(
    footage: Footage,
    join: Callable[[UInt8Array, UInt8Array], UInt8Array],
    shot: Callable[[], UInt8Array] | None = None,
) -> UInt8Array:
    """Seven shots, each joined to what is there."""
    draw = shot or footage.shot
    video = draw()
    for _ in range(6):
        video = join(video, draw())
    return video


def _held(rgb: UInt8Array, frames: int) -> UInt8Array:
    return np.concatenate([rgb, np.repeat(rgb[-1:], max(0, frames - len(rgb)), axis=0)])
