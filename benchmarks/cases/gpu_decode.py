"""NVDEC by codec and size."""

from __future__ import annotations

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome
from benchmarks.gpu.clips import ALL, clip_of
from benchmarks.gpu.decoding import frames_a_second
from benchmarks.gpu.needed import need_gpu
from benchmarks.gpu.utilisation import Readings, sampled
from gpu_service.decode.nvdec.caps import capabilities
from gpu_service.errors import InputError

_FRAMES = 600
_QUICK_FRAMES = 120
_SOURCE = "testvideo.mp4"


def run(context: Context) -> Outcome:
    """Every codec at every size: one clip, two, as many as the GPU has engines, and twice as many.

    One says what an engine gives; from how many on the host can't feed more, the others do. The last
    once more with the scans' threads on one core.
    """
    device = need_gpu()
    supported = [one for one in capabilities(0) if one.supported]
    engines = max((one.engines for one in supported), default=1)
    frames = _QUICK_FRAMES if context.quick else _FRAMES
    figures, notes = [], [f"{engines} NVDEC engines"]
    for kind in ALL:
        if (kind.codec, 8) not in {(one.codec, one.bit_depth) for one in supported}:
            notes.append(f"{kind}: not on this GPU")
            continue
        path = clip_of(context.made_media, context.video(_SOURCE), kind, frames)
        ways = [(count, False) for count in sorted({1, 2, engines, 2 * engines})]
        for at_once, one_core in (*ways, (2 * engines, True)):
            rates, busy = [], []
            try:
                for _ in range(context.repeats):
                    readings = Readings()
                    rate = frames_a_second(
                        path,
                        frames,
                        device=device,
                        at_once=at_once,
                        watch=sampled(readings),
                        one_core=one_core,
                    )
                    rates.append(rate)
                    busy.append(readings.decoder_percent())
            except InputError as error:
                notes.append(error.message)
                break
            name = f"{kind}, {at_once} at once{', on one core' if one_core else ''}"
            figures += [
                Figure(name, "frames/s", tuple(rates)),
                Figure(f"{name}: NVDEC busy", "%", tuple(busy)),
            ]
    return Outcome(figures, {}, notes)
