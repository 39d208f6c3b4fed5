"""What went wrong while a video was read, in one line."""

from __future__ import annotations

from dataclasses import dataclass

from gpu_service.jobs import Damage


@dataclass(slots=True)
class DamageCounts:
    """Counted over one scan, and what was decoded again after it.

    :param missing_bytes: that the headers promise beyond the file's end.
    :param missing_packets: that the sample table promises and the file lacks.
    :param container_errors: places where the container could not be read on.
    :param missing_seconds: that the header promises behind the last frame.
    """

    missing_bytes: int = 0
    missing_packets: int = 0
    container_errors: int = 0
    corrupt_packets: int = 0
    undecodable_packets: int = 0
    missing_seconds: int = 0
    corrupt_frames: int = 0
    lost_frames: int = 0

    @property
    def details(self) -> str:
        """The counts that are not zero."""
        named = (
            (self.missing_bytes, "{} byte{} missing at the end"),
            (self.missing_packets, "{} packet{} missing"),
            (self.container_errors, "{} break{} in the container"),
            (self.corrupt_packets, "{} packet{} incomplete"),
            (self.undecodable_packets, "{} packet{} not decodable"),
            (self.missing_seconds, "about {} second{} missing at the end"),
            (self.corrupt_frames, "{} frame{} damaged"),
            (self.lost_frames, "{} frame{} decoded once and not again"),
        )
        return ", ".join(text.format(n, "" if n == 1 else "s") for n, text in named if n)

    def verdict(self) -> Damage | None:
        """None for a whole video; a file cut short is ``truncated`` whatever else it is."""
        if not self.details:
            return None
        cut = self.missing_bytes or self.missing_packets
        return Damage("truncated" if cut else "damaged", self.details)
