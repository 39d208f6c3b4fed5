"""Every kernel compiled for every architecture, with no GPU: ``python -m benchmarks.kernels_aot``.

Prints what each needs of a GPU: registers and spilled bytes a thread, shared memory a block (out of
the machine code, by the ``cuobjdump`` that Triton ships; from Hopper on, 1,024 of it are the
system's), and the bytes that it has to move for one
frame of a 1080p video, each counted once. Says nothing about speed. Runs in a process without
``TRITON_INTERPRET``; exits with 1 where a kernel spills.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from rich.console import Console
from rich.table import Table

ARCHITECTURES = (75, 80, 86, 89, 90, 100, 120)
"""Turing (T4), A100, A10G, L4 and L40S, Hopper, Blackwell in data centres and elsewhere."""

_WIDTH, _HEIGHT = 1920, 1080
_THREADS_OF_A_WARP = 32

# So are the addresses of memory from torch, and NVDEC's pitch.
_MULTIPLES_OF_16 = ("pitch", "width", "chroma_samples", "surface_stride", "band")
_LOG_WIDTH = 110


@dataclass(frozen=True)
class Variant:
    """A kernel as one kind of call launches it.

    :ivar pointers: the element type of each argument that is a tensor.
    :ivar constants: compile-time arguments without a default.
    :ivar bytes_moved: read and written for a frame of 1080p.
    """

    op: str
    kernel: Any
    pointers: Mapping[str, str]
    bytes_moved: int
    constants: Mapping[str, object] = field(default_factory=dict)
    warps: int = 4


@dataclass(frozen=True)
class Compiled:
    """What the machine code of one variant needs."""

    op: str
    architecture: int
    registers: int
    spilled_bytes: int
    shared_bytes: int
    bytes_moved: int


def variants(architecture: int) -> list[Variant]:
    """Every kernel, for 8-bit and 16-bit surfaces, upright and turned."""
    from gpu_service_kernels.color_histograms.kernel import count_colors
    from gpu_service_kernels.surface_to_detector.bands import packed_filters
    from gpu_service_kernels.surface_to_detector.kernel import (
        GROUP,
        ROWS,
        columns_down,
        rows_across,
        tile_of,
    )
    from gpu_service_kernels.surface_to_rgb.chroma import height_taps
    from gpu_service_kernels.surface_to_rgb.kernel import TILE, TURNED_TILE, convert
    from gpu_service_kernels.windowed_similarity.kernel import compare

    surface = _WIDTH * _HEIGHT * 3 // 2
    rows = 2 * (_HEIGHT + _HEIGHT // 2) * 48
    tile = tile_of(architecture)
    filters = packed_filters(_WIDTH, _HEIGHT, torch.device("cpu"), group=GROUP, block=tile.block)
    across = filters.across.nbytes + filters.spans.nbytes
    down = filters.down_luma.nbytes + filters.down_chroma.nbytes
    numbers = {"between": "i16", "luma_filter": "i32", "chroma_filter": "i32"}
    found = [
        Variant(
            "surface_to_detector: down",
            columns_down,
            {**numbers, "result": "u8"},
            rows + down + 27 * 48 * 3,
        ),
        Variant(
            "color_histograms",
            count_colors,
            {"frames": "u8", "counts": "fp32"},
            27 * 48 * 3 + 512 * 4,
        ),
        *(
            Variant(
                f"windowed_similarity: {name}",
                compare,
                {"features": name, "result": name},
                element_bytes * (128 + 101),
            )
            for name, element_bytes in (("fp32", 4), ("fp16", 2))
        ),
    ]
    for name, sample, sample_bytes in (("NV12", "u8", 1), ("P016", "u16", 2)):
        wide = sample == "u16"
        found += [
            Variant(
                f"surface_to_detector: across, {name}{'' if parts == 1 else ', narrow'}",
                rows_across,
                {"surfaces": sample, "between": "i16", "weights": "fp16", "spans": "i32"},
                sample_bytes * surface + parts * across + rows,
                {
                    "WIDE": wide,
                    "PARTS": parts,
                    "ROWS": ROWS,
                    "GROUP": GROUP,
                    "BLOCK": tile.block,
                    "STAGES": tile.stages,
                },
                warps=tile.warps,
            )
            for parts in (1, 2)
        ]
        # Of 1080 rows, 8-bit chroma is repeated; of an odd number it would be interpolated too.
        taps = height_taps(_HEIGHT).size
        found += [
            Variant(
                f"surface_to_rgb: {name}{', interpolated' if size else ''}{', turned' if turned else ''}",
                convert,
                {"surface": sample, "planes": "u8", "weights": "i32" if size else sample},
                sample_bytes * surface
                + 3 * _WIDTH * _HEIGHT
                + (4 * _HEIGHT * (1 + size) if size else 0),
                {
                    "WIDE": wide,
                    "TAPS": size,
                    "TURNED": turned,
                    "LEFT_RIGHT": turned,
                    "UP_DOWN": False,
                    **dict(zip(("ROWS", "COLUMNS"), TURNED_TILE if turned else TILE, strict=True)),
                },
            )
            for size in (0, taps)
            for turned in (False, True)
        ]
    return found


def compiled_for(variant: Variant, architecture: int) -> Compiled:
    """Compile it as the first call on such a GPU would.

    :raises Exception: whatever Triton or ptxas has against it.
    """
    import triton
    from triton.backends.compiler import GPUTarget

    signature: dict[str, str] = {}
    constants: dict[str, object] = {}
    attributes: dict[tuple[int], list[list[object]]] = {}
    for place, parameter in enumerate(variant.kernel.params):
        name = parameter.name
        if parameter.is_constexpr:
            signature[name] = "constexpr"
            constants[name] = variant.constants.get(name, parameter.default)
        elif name in variant.pointers:
            signature[name] = f"*{variant.pointers[name]}"
        else:
            signature[name] = "i32"
        if name in variant.pointers or name in _MULTIPLES_OF_16:
            attributes[(place,)] = [["tt.divisibility", 16]]
    code = triton.compile(
        triton.compiler.ASTSource(
            fn=variant.kernel, signature=signature, constexprs=constants, attrs=attributes
        ),
        target=GPUTarget("cuda", architecture, _THREADS_OF_A_WARP),
        options={"num_warps": variant.warps},
    )
    usage = _resource_usage(code.asm["cubin"])
    return Compiled(
        variant.op,
        architecture,
        registers=usage["REG"],
        spilled_bytes=usage["STACK"] + usage["LOCAL"],
        shared_bytes=max(usage["SHARED"], code.metadata.shared),
        bytes_moved=variant.bytes_moved,
    )


def _resource_usage(cubin: bytes) -> dict[str, int]:
    import triton

    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(cubin)
        file.flush()
        done = subprocess.run(
            [triton.knobs.nvidia.cuobjdump.path, "--dump-resource-usage", file.name],
            capture_output=True,
            text=True,
            check=True,
        )
    return {name: int(value) for name, value in re.findall(r"(\w+):(\d+)", done.stdout)}


def table_of(rows: Sequence[Compiled]) -> Table:
    """A row a kernel and architecture."""
    table = Table(title="kernels, compiled ahead of time")
    table.add_column("op")
    for heading in ("arch", "registers", "spilled B", "shared B", "B moved, 1080p"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row.op,
            f"sm_{row.architecture}",
            str(row.registers),
            str(row.spilled_bytes),
            str(row.shared_bytes),
            f"{row.bytes_moved:,}",
        )
    return table


def main() -> int:
    """Compile, print, and say whether nothing spills."""
    rows = [
        compiled_for(variant, architecture)
        for architecture in ARCHITECTURES
        for variant in variants(architecture)
    ]
    rows.sort(key=lambda row: (row.op, row.architecture))
    console = Console()
    if not console.is_terminal:
        console.width = _LOG_WIDTH
    console.print(table_of(rows))
    return 1 if any(row.spilled_bytes for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
