"""A strictly increasing PTS for every decoded frame, whatever the container has."""

from __future__ import annotations

from fractions import Fraction

_BACK_JUMP_SECONDS = 1
"""A step back this far is another clock; a shorter one is a repeated or disordered PTS."""

_FORWARD_JUMP_SECONDS = 10
"""A gap this long, where the container's clock may be reset, is another clock (ffmpeg's rule)."""


class FrameClock:
    """Gives decoded frames their times, one after another, in presentation order.

    Which of a frame's two clocks to believe is decided as libavcodec does for its "best effort
    timestamp": the PTS, unless it has run backwards more often than the DTS has. AVI has no PTS,
    and its DTS, counted in frames, are the frames' times once they are reordered. What is still
    missing or repeated is set one typical step, or one tick, after the frame before.

    :param time_base: seconds a tick.
    :param step: ticks from one frame to the next, until the video shows its own.
    :param discontinuous: the container's clock may be reset on the way (MPEG-TS).
    """

    def __init__(self, time_base: Fraction, step: int, *, discontinuous: bool) -> None:
        self._step = max(1, step)
        self._back_jump = max(1, round(_BACK_JUMP_SECONDS / time_base))
        self._forward_jump = round(_FORWARD_JUMP_SECONDS / time_base) if discontinuous else None
        self._offset = 0
        self._previous: int | None = None
        self._last_pts: int | None = None
        self._last_dts: int | None = None
        self._faulty_pts = 0
        self._faulty_dts = 0

    def stamp(self, pts: int | None, dts: int | None, duration: int) -> int:
        """The time of the next frame.

        :param pts: of the packet that the frame was decoded from.
        :param dts: of the packet that made the decoder give the frame out.
        :param duration: of the frame, 0 where unknown; all three in ticks.
        """
        raw = self._best_effort(pts, dts)
        time = self._continue(None if raw is None else raw + self._offset)
        if duration > 0:
            self._step = duration
        elif self._previous is not None and time - self._previous < self._back_jump:
            self._step = time - self._previous
        self._previous = time
        return time

    def _best_effort(self, pts: int | None, dts: int | None) -> int | None:
        if dts is not None:
            self._faulty_dts += self._last_dts is not None and dts <= self._last_dts
            self._last_dts = dts
        elif pts is not None:
            self._last_dts = pts
        if pts is not None:
            self._faulty_pts += self._last_pts is not None and pts <= self._last_pts
            self._last_pts = pts
        elif dts is not None:
            self._last_pts = dts
        if pts is not None and (dts is None or self._faulty_pts <= self._faulty_dts):
            return pts
        return dts

    def _continue(self, time: int | None) -> int:
        if self._previous is None:
            return 0 if time is None else time
        following = self._previous + self._step
        if time is None:
            return following
        gap = time - self._previous
        if gap < -self._back_jump or (self._forward_jump is not None and gap > self._forward_jump):
            self._offset += following - time
            return following
        return time if gap > 0 else self._previous + 1
