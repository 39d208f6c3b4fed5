"""How busy a GPU's engines are while something runs, as its driver says."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryFile

from benchmarks.figures import NotToBeHadError

_EVERY_MS = 200
_FIELDS = ("utilization.gpu", "utilization.decoder")


@dataclass(frozen=True, slots=True)
class Utilisation:
    """One reading, in percent of the driver's own sampling period.

    :param sm: some kernel was running.
    :param decoder: of all NVDEC engines together.
    """

    sm: float
    decoder: float


@dataclass(slots=True)
class Readings:
    """All of one block."""

    all: list[Utilisation] = field(default_factory=list)

    def decoding(self) -> list[Utilisation]:
        """Those from the first in which a decoder was busy to the last.

        What comes before is the model's start-up, behind it rows are written.

        :raises NotToBeHadError: none ever was.
        """
        busy = [number for number, one in enumerate(self.all) if one.decoder]
        if not busy:
            raise NotToBeHadError(f"no decoder was ever busy in {len(self.all)} readings")
        return self.all[busy[0] : busy[-1] + 1]

    def decoder_percent(self) -> float:
        """The mean while decoding."""
        return statistics.fmean(one.decoder for one in self.decoding())

    def sm_percent(self) -> float:
        """The mean while decoding."""
        return statistics.fmean(one.sm for one in self.decoding())


@contextmanager
def sampled(readings: Readings, gpu: int = 0) -> Iterator[None]:
    """Ask ``nvidia-smi`` five times a second while the block runs.

    :param readings: has them behind the block.
    :raises NotToBeHadError: it is not installed, or says something else than is asked.
    """
    command = [
        *("nvidia-smi", f"--id={gpu}", f"--query-gpu={','.join(_FIELDS)}"),
        *("--format=csv,noheader,nounits", f"--loop-ms={_EVERY_MS}"),
    ]
    with TemporaryFile("w+") as said:
        try:
            asking = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        except OSError as error:
            raise NotToBeHadError(f"nvidia-smi does not run: {error}") from error
        try:
            yield
        finally:
            asking.terminate()
            asking.wait()
        said.seek(0)
        # What is behind the last end of a line was cut off.
        readings.all += [_reading(line) for line in said.read().split("\n")[:-1]]


def _reading(line: str) -> Utilisation:
    try:
        return Utilisation(*(_percent(word) for word in line.split(",")))
    except (TypeError, ValueError) as error:
        raise NotToBeHadError(f"nvidia-smi says {line!r}") from error


def _percent(word: str) -> float:
    # Older GPUs have no engine of the kind, and "[N/A]" here.
    return 0.0 if word.strip().strip("[]") in ("N/A", "Not Supported") else float(word)
