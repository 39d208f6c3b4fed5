"""NVDEC: which codecs, how many engines."""

from __future__ import annotations

from collections.abc import Sequence

from gpu_service.decode.nvdec.caps import Capability, ask_capabilities
from gpu_service.decode.nvdec.turn import processes_to_feed
from gpu_service.doctor.check import Check, State
from gpu_service.doctor.wheels import part_checks
from gpu_service.errors import InternalError

_WHEELS = ("PyNvVideoCodec",)
_REMEDY = (
    "in a container NVIDIA_DRIVER_CAPABILITIES=compute,video,utility; "
    "else pip install --force-reinstall 'gpu-service[cuda]'"
)


def nvdec_checks(gpus: Sequence[State], missing: State) -> list[Check]:
    """Ask PyNvVideoCodec of each GPU; see :func:`~gpu_service.doctor.wheels.part_checks`."""
    return part_checks("NVDEC", _WHEELS, gpus, missing, _ask)


def _ask(gpu: int, versions: str, missing: State) -> Check:
    try:
        found = ask_capabilities(gpu)
    except InternalError as error:
        return Check("NVDEC", missing, f"{versions}: {error.message}", _REMEDY)
    words = describe_codecs(found)
    if not words:
        return Check("NVDEC", missing, "decodes nothing", "this GPU has none; use another one")
    engines = max(one.engines for one in found)
    processes = processes_to_feed(engines)
    # Two videos for each engine close the gaps between one and the next.
    settings = f"GPU_SERVICE_PROCESSES={processes} GPU_SERVICE_CONCURRENCY={2 * engines}"
    advice = f"; for many videos {settings}" if processes > 1 else ""
    return Check("NVDEC", State.OK, f"{engines} engines: {words}{advice}")


def describe_codecs(found: Sequence[Capability]) -> str:
    """``H264 8 bit to 4096x4096, HEVC 8, 10 and 12 bit to 8192x8192``."""
    depths: dict[str, list[str]] = {}
    sizes: dict[str, str] = {}
    for one in found:
        if one.supported:
            depths.setdefault(one.codec, []).append(str(one.bit_depth))
            sizes[one.codec] = f"{one.width_max}x{one.height_max}"
    return ", ".join(
        f"{codec} {_listed(own)} bit to {sizes[codec]}" for codec, own in depths.items()
    )


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
