"""NVDEC: which codecs, how many engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gpu_service.doctor.check import Check, State
from gpu_service.doctor.child import ask
from gpu_service.errors import InternalError

_PROBE = "gpu_service.doctor.nvdec_probe"
_REMEDY = "pip install 'gpu-service[cuda]'; in a container NVIDIA_DRIVER_CAPABILITIES=compute,video,utility"


def nvdec_check(missing: State) -> Check:
    """Ask PyNvVideoCodec.

    :param missing: the state where it can't be used.
    """
    try:
        found: list[dict[str, int | str]] = ask(_PROBE)
    except InternalError as error:
        return Check("NVDEC", missing, error.message, _REMEDY)
    words = describe_codecs(found)
    if not words:
        return Check("NVDEC", missing, "decodes nothing", "this GPU has none; use another one")
    engines = max(int(one.get("num_decoder_engines", 0)) for one in found)
    return Check("NVDEC", State.OK, f"{engines} engines: {words}")


def describe_codecs(found: Sequence[Mapping[str, int | str]]) -> str:
    """``H264 8 bit to 4096x4096, HEVC 8 and 10 bit to 8192x8192``.

    :param found: of each codec and depth what ``GetDecoderCaps`` says, and ``codec``,
        ``bit_depth``.
    """
    depths: dict[str, list[str]] = {}
    sizes: dict[str, str] = {}
    for one in found:
        if one.get("supported"):
            codec = str(one["codec"])
            depths.setdefault(codec, []).append(str(one["bit_depth"]))
            sizes[codec] = f"{one['width_max']}x{one['height_max']}"
    return ", ".join(
        f"{codec} {' and '.join(own)} bit to {sizes[codec]}" for codec, own in depths.items()
    )
