"""Whether a GPU's NVDEC decodes a stream, found out before a decoder is made for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gpu_service.child import ask
from gpu_service.decode.nvdec.stream_kind import StreamKind
from gpu_service.errors import InputError, InternalError, SettingsError

_MACROBLOCK_PIXELS = 256


@dataclass(frozen=True, slots=True)
class Capability:
    """For one codec and bit depth, 4:2:0; sizes in pixels, all 0 where it is not supported.

    :param engines: that can decode it.
    """

    codec: str
    bit_depth: int
    supported: bool
    engines: int
    width_min: int
    width_max: int
    height_min: int
    height_max: int
    macroblocks_max: int

    def why_not(self, kind: StreamKind) -> str | None:
        """Why a stream of this codec and depth is refused; None if it isn't."""
        if not self.supported:
            return "not on this GPU"
        if kind.width < self.width_min or kind.height < self.height_min:
            return f"smaller than {self.width_min}x{self.height_min}"
        macroblocks = kind.width * kind.height // _MACROBLOCK_PIXELS
        if kind.width > self.width_max or kind.height > self.height_max:
            return f"larger than {self.width_max}x{self.height_max}"
        if macroblocks > self.macroblocks_max:
            return f"more than {self.macroblocks_max} macroblocks"
        return None


@dataclass(frozen=True, slots=True)
class _Probed:
    found: tuple[Capability, ...]
    failure: str


def capabilities(gpu: int) -> tuple[Capability, ...]:
    """What a GPU can decode; asked in another process, once in this one.

    :raises SettingsError: ``no_cuda``, the driver, the GPU or PyNvVideoCodec cannot be used.
    """
    probed = _probe(gpu)
    if probed.failure:
        raise SettingsError(
            f"NVDEC of GPU {gpu} cannot be used: {probed.failure}", reason="no_cuda"
        )
    return probed.found


def check(kind: StreamKind, gpu: int, name: str) -> None:
    """Return if the GPU decodes such a stream.

    :param name: the video, for messages.
    :raises InputError: ``unsupported``, it doesn't.
    :raises SettingsError: as :func:`capabilities`.
    """
    reason: str | None = "not on this GPU"
    for capability in capabilities(gpu):
        if (capability.codec, capability.bit_depth) == (kind.codec, kind.bit_depth):
            reason = capability.why_not(kind)
    if reason is not None:
        raise InputError(f"{name}: NVDEC does not decode {kind}: {reason}", reason="unsupported")


def ask_capabilities(gpu: int) -> tuple[Capability, ...]:
    """What a GPU can decode; asked in another process, each time.

    :raises InternalError: that process ended without an answer.
    """
    return tuple(map(_capability, ask("gpu_service.decode.nvdec.probe", str(gpu))))


@cache
def _probe(gpu: int) -> _Probed:
    try:
        return _Probed(ask_capabilities(gpu), "")
    except InternalError as error:
        return _Probed((), error.message)


def _capability(caps: dict[str, int | str]) -> Capability:
    def number(name: str) -> int:
        return int(caps.get(name, 0))

    return Capability(
        str(caps["codec"]),
        number("bit_depth"),
        bool(caps.get("supported")),
        number("num_decoder_engines"),
        number("width_min"),
        number("width_max"),
        number("height_min"),
        number("height_max"),
        number("mb_num_max"),
    )
