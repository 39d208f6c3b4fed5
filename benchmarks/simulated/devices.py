"""The table of devices, ``devices.toml``: read, checked, and turned into rates."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("devices.toml")
CODECS = ("h264", "hevc", "av1")

_MODEL = ("gflop_per_window", "share_of_peak")
_ALWAYS = ("nvdec_engines", "h264", "hevc", "fp16_tensor_tflops", "jpeg_per_second")
_DEVICE = (*_ALWAYS, "batch_overhead_ms")
_WINDOWS = "windows_per_second"
"""Optional: in place of what follows from the model's section and the device's peak."""


class BadTableError(ValueError):
    """The table of devices can't be used; says the file, the line and the name."""


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU, as far as the pipeline can tell it from another.

    :param engines: NVDEC engines; a video is decoded by one of them at a time.
    :param frames_per_second: of one engine at 1920×1080, by codec.
    :param windows_per_second: of the event model, within a batch.
    :param batch_overhead_seconds: of each batch.
    :param sources: where each figure that was used comes from, by its name in the table.
    """

    name: str
    engines: int
    frames_per_second: Mapping[str, float]
    windows_per_second: float
    batch_overhead_seconds: float
    jpegs_per_second: float
    sources: Mapping[str, str]

    def decode_rate(self, codec: str) -> float:
        """Frames a second of all engines together."""
        return self.engines * self.frames_per_second[codec]

    @property
    def estimated(self) -> list[str]:
        """The figures that have no source."""
        return [name for name, said in self.sources.items() if said.startswith("estimate")]


def read_devices(path: Path = TABLE) -> dict[str, Device]:
    """Every device of a table, by name, in its order.

    :raises BadTableError: it is no TOML, or a figure is missing, unknown, not positive, or without
        a source.
    """
    text = path.read_text()
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadTableError(f"{path}: {error}") from error
    table = _Table(path, text)
    model = table.figures("model", said.get("model"), needed=_MODEL)
    devices = said.get("devices")
    if not isinstance(devices, dict) or not devices:
        raise BadTableError(f"{path}: there is no [devices.NAME]")
    found = {}
    for name, section in devices.items():
        figures = table.figures(
            f"devices.{name}", section, needed=_DEVICE, allowed=(*CODECS, _WINDOWS)
        )
        engines, _ = figures["nvdec_engines"]
        if engines != int(engines):
            raise table.bad(f"devices.{name}", "nvdec_engines", "is not a whole number")
        used = figures if _WINDOWS in figures else model | figures
        found[name] = Device(
            name,
            int(engines),
            {codec: figures[codec][0] for codec in CODECS if codec in figures},
            _windows_per_second(used),
            figures["batch_overhead_ms"][0] / 1000,
            figures["jpeg_per_second"][0],
            {key: source for key, (_, source) in used.items()},
        )
    return found


def _windows_per_second(figures: Mapping[str, tuple[float, str]]) -> float:
    """As stated, or the share of the peak over the work of a window."""
    if _WINDOWS in figures:
        return figures[_WINDOWS][0]
    flops = figures["fp16_tensor_tflops"][0] * 1e12 * figures["share_of_peak"][0]
    return flops / (figures["gflop_per_window"][0] * 1e9)


class _Table:
    """Checks sections, and knows the lines of what it complains about."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def figures(
        self,
        section: str,
        said: Any,
        *,
        needed: tuple[str, ...],
        allowed: tuple[str, ...] = (),
    ) -> dict[str, tuple[float, str]]:
        """Value and source of each figure of a section."""
        if not isinstance(said, dict):
            raise BadTableError(f"{self._path}: there is no [{section}]")
        for name in needed:
            if name not in said:
                raise self.bad(section, None, f"has no {name}")
        found = {}
        for name, figure in said.items():
            if name not in (*needed, *allowed):
                raise self.bad(section, name, "is not a figure of this table")
            if not isinstance(figure, dict) or figure.keys() != {"value", "source"}:
                raise self.bad(section, name, "must be { value = …, source = … }")
            value, source = figure["value"], figure["source"]
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise self.bad(section, name, f"must be a positive number, not {value!r}")
            if not isinstance(source, str) or not source.strip():
                raise self.bad(section, name, "has no source")
            found[name] = (float(value), source)
        return found

    def bad(self, section: str, name: str | None, what: str) -> BadTableError:
        """The error to raise of a section, or of one of its figures."""
        which = f"[{section}]" if name is None else f"[{section}] {name}"
        return BadTableError(f"{self._path}, line {self._line(section, name)}: {which} {what}")

    def _line(self, section: str, name: str | None) -> int:
        within = False
        start = 0
        for number, line in enumerate(self._lines, 1):
            bare = line.split("#")[0].strip()
            if bare.startswith("["):
                within = bare == f"[{section}]"
                start = number if within else start
            elif within and name is not None and bare.split("=")[0].strip() == name:
                return number
        return start
