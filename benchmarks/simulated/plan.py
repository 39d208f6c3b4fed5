"""What one simulated run shall be, and what it found; both travel as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

_HOST_FRAMES_PER_SECOND = 1200
"""What a run may ask of the host a second before it is stretched; well below what it can do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: a device's figures, the settings, and the site's distance; all undilated.

    :param engines: NVDEC's.
    :param frames_per_second: of one engine.
    :param cut_frames: of a shot; each ends in a cut.
    :param dilation: everything timed lasts so many times longer: engines, model, JPEGs, the wait
        for a full batch; the site's latency and bandwidth as well, which whoever runs this sets.
    :param sources: a video each.
    :param processes: of the pipeline.
    """

    device: str
    engines: int
    frames_per_second: float
    windows_per_second: float
    batch_overhead_seconds: float
    jpegs_per_second: float
    sources: tuple[str, ...]
    concurrency: int
    parts_in_flight: int = 4
    batch_windows: int = 16
    cut_frames: int = 150
    latency_seconds: float = 0.02
    bytes_per_second: float = 1.25e9
    dilation: float = 1.0
    processes: int = 1

    @property
    def decode_rate(self) -> float:
        """Frames a second of all engines."""
        return self.engines * self.frames_per_second

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """What :meth:`to_json` gave."""
        said: dict[str, Any] = json.loads(text)
        return replace(cls(**said), sources=tuple(said["sources"]))


def dilation_for(decode_rate: float) -> float:
    """How much to stretch a run so that the host is not what is measured, at least 1.

    :param decode_rate: frames a second of the whole device.
    """
    return max(1.0, round(decode_rate / _HOST_FRAMES_PER_SECOND, 1))


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found; times are the device's, so with the dilation taken out.

    :param engine_shares: of all engines' time, see :func:`~benchmarks.simulated.causes.engine_shares`.
    :param model_shares: likewise of the model.
    :param seconds: from the first video's start to the last one's end.
    :param scan_seconds: from the engines' first work to their last.
    :param decoded_frames: by the engines, those for pictures included.
    :param host_cpu_seconds: that the pipeline's processes used; host seconds, never scaled.
    :param machine_cores: busy on average while it ran, of whatever process.
    :param statuses: how many videos ended how: ``complete``, or with the reason why not.
    """

    engine_shares: dict[str, float]
    model_shares: dict[str, float]
    seconds: float
    scan_seconds: float
    frames: int
    decoded_frames: int
    windows: int
    batches: int
    events: int
    bytes_read: int
    host_cpu_seconds: float
    machine_cores: float
    statuses: dict[str, int]

    @property
    def frames_per_second(self) -> float:
        """Frames scanned, start and end of the run left out."""
        return self.frames / self.scan_seconds

    @property
    def host_microseconds_per_frame(self) -> float:
        """CPU of the pipeline's processes for each frame: scheduling, demuxing, publishing."""
        return self.host_cpu_seconds / self.frames * 1e6

    @property
    def host_cores(self) -> float:
        """Cores like this machine's that the pipeline's processes need at the device's own pace."""
        return self.host_cpu_seconds / self.seconds

    def to_json(self) -> dict[str, Any]:
        """With what follows from it."""
        return asdict(self) | {
            "frames_per_second": self.frames_per_second,
            "host_microseconds_per_frame": self.host_microseconds_per_frame,
            "host_cores": self.host_cores,
        }
