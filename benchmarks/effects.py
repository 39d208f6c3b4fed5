"""What an editor or a camera does to footage, on frames of the model's size.

Every function takes and returns ``(N, 27, 48, 3)`` uint8.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gpu_service.frames import Float32Array, UInt8Array

Floats = npt.NDArray[np.float64]


def rounded(values: Float32Array | Floats) -> UInt8Array:
    """The nearest bytes."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def dissolve(before: UInt8Array, after: UInt8Array, frames: int) -> UInt8Array:
    """One clip becomes the other over its last, and the other's first, ``frames`` frames."""
    share = _ramp(frames)
    mixed = before[-frames:] * (1 - share) + after[:frames] * share
    return np.concatenate([before[:-frames], rounded(mixed), after[frames:]])


def fade(before: UInt8Array, after: UInt8Array, frames: int, level: int, held: int) -> UInt8Array:
    """The first clip fades to a flat colour, which stays for ``held`` frames, and the other comes."""
    share = _ramp(frames)
    out = rounded(before[-frames:] * (1 - share) + level * share)
    flat = np.full((held, *before.shape[1:]), level, np.uint8)
    back = rounded(after[:frames] * share + level * (1 - share))
    return np.concatenate([before[:-frames], out, flat, back, after[frames:]])


def wipe(before: UInt8Array, after: UInt8Array, frames: int, *, push: bool) -> UInt8Array:
    """A vertical edge crosses the picture; with ``push`` the old picture leaves before it."""
    width = before.shape[2]
    mixed = before[-frames:].copy()
    for index in range(frames):
        edge = width * (index + 1) // (frames + 1)
        if push:
            mixed[index] = np.roll(mixed[index], edge, axis=1)
        source = after[index][:, width - edge :] if push else after[index][:, :edge]
        mixed[index][:, :edge] = source
    return np.concatenate([before[:-frames], mixed, after[frames:]])


def flash(clip: UInt8Array, at: int, frames: int, strength: float) -> UInt8Array:
    """A photographer's flash: frames from ``at`` are brighter, up to white at strength 1."""
    lit = clip.copy()
    lit[at : at + frames] = rounded(clip[at : at + frames] * (1 - strength) + 255 * strength)
    return lit


def view(clip: UInt8Array, tops: Floats, lefts: Floats, scales: Floats) -> UInt8Array:
    """A window onto each frame, brought to full size by bilinear interpolation.

    :param tops: ``(N,)``, where the window begins, 0 to 1 of the room that it has; ``lefts`` alike.
    :param scales: ``(N,)``, the window's size as a part of the frame's.
    """
    count, height, width, _ = clip.shape
    rows = (tops * (1 - scales))[:, None] * (height - 1) + np.linspace(0, height - 1, height)[
        None
    ] * scales[:, None]
    columns = (lefts * (1 - scales))[:, None] * (width - 1) + np.linspace(0, width - 1, width)[
        None
    ] * scales[:, None]
    top = np.minimum(rows.astype(int), height - 2)
    left = np.minimum(columns.astype(int), width - 2)
    down = (rows - top)[:, :, None, None]
    right = (columns - left)[:, None, :, None]
    index = np.arange(count)[:, None, None]
    t, c = top[:, :, None], left[:, None, :]
    upper = clip[index, t, c] * (1 - right) + clip[index, t, c + 1] * right
    lower = clip[index, t + 1, c] * (1 - right) + clip[index, t + 1, c + 1] * right
    return rounded(upper * (1 - down) + lower * down)


def pan(clip: UInt8Array, scale: float, *, start: float, end: float, row: float) -> UInt8Array:
    """A camera that turns from ``start`` to ``end``, parts of the room beside its window."""
    count = len(clip)
    return view(
        clip, np.full(count, row), np.linspace(start, end, count), np.full(count, float(scale))
    )


def zoom(clip: UInt8Array, start: float, end: float) -> UInt8Array:
    """A lens that goes from one scale to another, centred."""
    middle = np.full(len(clip), 0.5)
    return view(clip, middle, middle, np.linspace(start, end, len(clip)))


def shake(clip: UInt8Array, rng: np.random.Generator, pixels: float) -> UInt8Array:
    """A hand-held camera: the picture wanders by about ``pixels``."""
    scale = 0.85
    room = (1 - scale) * 48
    path = np.cumsum(rng.normal(0, pixels / room / 2, (2, len(clip))), axis=1)
    tops, lefts = np.clip(0.5 + path - path.mean(axis=1, keepdims=True), 0, 1)
    return view(clip, tops, lefts, np.full(len(clip), scale))


def light(clip: UInt8Array, gains: Floats, offset: float = 0.0) -> UInt8Array:
    """Each frame times its gain, plus an offset."""
    return rounded(clip * gains[:, None, None, None] + offset)


def noise(clip: UInt8Array, rng: np.random.Generator, sigma: float) -> UInt8Array:
    """A sensor's noise."""
    return rounded(clip + rng.normal(0, sigma, clip.shape))


def gray(clip: UInt8Array) -> UInt8Array:
    """Without colours."""
    luma = clip @ np.array([0.299, 0.587, 0.114])
    return rounded(np.repeat(luma[..., None], 3, axis=3))


def letterbox(clip: UInt8Array, first: int, rows: int) -> UInt8Array:
    """Black bars above and below from frame ``first`` on."""
    barred = clip.copy()
    barred[first:, :rows] = 0
    barred[first:, -rows:] = 0
    return barred


def caption(
    clip: UInt8Array,
    rng: np.random.Generator,
    *,
    box: tuple[int, int, int, int],
    span: tuple[int, int],
    fade_frames: int,
) -> UInt8Array:
    """A block of bright letters on a dark ground within ``(top, left, height, width)``.

    :param span: frames in which it is seen.
    :param fade_frames: how long it takes to come and to go; 0 is at once.
    """
    top, left, height, width = box
    first, end = span
    letters = np.where(rng.random((height, width, 1)) < 0.4, 235.0, 20.0)
    frames = np.arange(first, end)
    share = np.minimum(frames - first + 1, end - frames) / (fade_frames + 1)
    share = np.clip(share, 0, 1)[:, None, None, None]
    titled = clip.copy()
    area = titled[first:end, top : top + height, left : left + width]
    titled[first:end, top : top + height, left : left + width] = rounded(
        area * (1 - share) + letters * share
    )
    return titled


def _ramp(frames: int) -> Floats:
    return (np.arange(1, frames + 1) / (frames + 1))[:, None, None, None]
