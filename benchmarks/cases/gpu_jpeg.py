"""nvJPEG beside the CPU's encoder."""

from __future__ import annotations

import torch

from benchmarks.context import Context
from benchmarks.figures import Figure, Outcome, ratios
from benchmarks.gpu.clips import SIZES
from benchmarks.gpu.jpegs import check, jpegs_a_second, pictures_of
from benchmarks.gpu.needed import need_gpu
from gpu_service.encode.cpu import CpuJpegEncoder
from gpu_service.encode.nvjpeg import NvJpegEncoder
from gpu_service.frames import DevicePicture

_SOURCE = "traffic_camera.mp4"


def run(context: Context) -> Outcome:
    """Real frames at every size, from where each encoder finds them to bytes on the host."""
    return measured(context, torch.device(need_gpu()))


def measured(context: Context, device: torch.device) -> Outcome:
    """The same with a device of the caller's.

    :raises WrongResultsError: a JPEG isn't as good as the CPU's.
    """
    on_device, on_host = NvJpegEncoder(device), CpuJpegEncoder()
    figures = []
    for name, size in SIZES.items():
        pictures = pictures_of(context.video(_SOURCE), size)
        copies = [DevicePicture(torch.from_numpy(one.rgb).to(device), one.pts) for one in pictures]
        for picture, copy in zip(pictures, copies, strict=True):
            check(on_device.encode(copy), on_host.encode(picture), picture)
        own, cpu = [], []
        for _ in range(context.repeats):
            own.append(jpegs_a_second(on_device.encode, copies))
            cpu.append(jpegs_a_second(on_host.encode, pictures))
        figures += [
            Figure(f"nvJPEG, {name}", "JPEGs/s", tuple(own)),
            Figure(f"the CPU's, {name}", "JPEGs/s", tuple(cpu)),
            Figure(f"nvJPEG to the CPU's, {name}", "×", ratios(own, cpu)),
        ]
    words = f"one thread each, quality {on_host.quality}, 4:2:0"
    return Outcome(figures, {}, [words])
