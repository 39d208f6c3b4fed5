"""How much of NVDEC one process can feed, on a machine without a GPU."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, ratios
from benchmarks.simulated.devices import read_devices
from benchmarks.simulated.feeding import ONE_CORE, STAND_IN, Fed, Feeding, fed
from benchmarks.simulated.launches import LAUNCH_SECONDS
from benchmarks.simulated.media import small_video

_SOURCE = "testvideo.mp4"
_FAST = 3000.0
"""Frames a second of an engine such as there is none, so that the host is what ends first."""

_DEVICES = (("T4", "h264"), ("L4", "h264"), ("L4", "hevc"), ("H100", "h264"), ("H100", "hevc"))
_QUICK_DEVICES = (("H100", "h264"),)


def run(context: Context) -> Outcome:
    """Devices of the simulation's table, as many videos at once as they have engines and twice as many;
    with the scans' threads on one core as well; then engines that are faster than the host, without turns
    too."""
    devices = read_devices()
    video = small_video(context.made_media, context.video(_SOURCE), 1)
    plans: dict[str, Feeding] = {}
    for name, codec in _QUICK_DEVICES if context.quick else _DEVICES:
        engines, rate = devices[name].engines, devices[name].frames_per_second[codec]
        what = f"{name}, {engines} engines of {rate:.0f} {codec} frames/s"
        for at_once in (engines, 2 * engines):
            plans[f"{what}, {at_once} at once"] = Feeding(engines, rate, at_once)
        plans[f"{what}, {2 * engines} at once, on one core"] = Feeding(
            engines, rate, 2 * engines, one_core=True
        )
    most = devices["H100"].engines
    limit = Feeding(most, _FAST, 2 * most)
    limits = [limit, replace(limit, in_turns=False), replace(limit, one_core=True)]
    rounds = []
    for turn in range(context.repeats):
        every = [*plans.values(), *limits]
        order = every if turn % 2 == 0 else every[::-1]
        found = fed(context.place, video, order)
        rounds.append({one.feeding: one for one in found})

    def of(feeding: Feeding) -> list[Fed]:
        return [found[feeding] for found in rounds]

    figures = [
        Figure(f"{said}: NVDEC busy", "%", tuple(100 * one.busy for one in of(feeding)))
        for said, feeding in plans.items()
    ]
    in_turns, without, one_core = (
        tuple(one.frames_per_second for one in of(limit)) for limit in limits
    )
    what = f"{most} engines of {_FAST:.0f} frames/s, {2 * most} at once"
    figures += [
        Figure(what, "frames/s", in_turns),
        Figure(f"{what}: in turns to all at once", "×", ratios(in_turns, without)),
        Figure(f"{what}: on one core to any", "×", ratios(one_core, in_turns)),
    ]
    figures += [
        Figure(
            f"{what}, {where}: CPU a frame", "µs", tuple(1e6 * one.cpu_seconds for one in of(limit))
        )
        for where, limit in (("any core", limits[0]), ("one core", limits[2]))
    ]
    for where, options in (("any core", []), ("one core", [ONE_CORE])):
        words = ["-m", "benchmarks.simulated.handing", *options]
        taken = [
            float(context.place.start(words, name="handing").wait().stdout)
            for _ in range(context.repeats)
        ]
        handed = tuple(1e6 * seconds for seconds in taken)
        figures.append(Figure(f"a lock handed to another thread, {where}", "µs", handed))
    notes = [
        STAND_IN,
        f"a kernel's launch is a wait of {1e6 * LAUNCH_SECONDS:.0f} µs with Python's lock held",
        "scans alone: no S3, model, thumbnails or rows beside them",
    ]
    return Outcome(figures, {}, notes)
