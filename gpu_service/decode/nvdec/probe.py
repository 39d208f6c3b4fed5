"""What one GPU's NVDEC can decode, printed as JSON: run as a program of its own.

A failing CUDA call ends the process that PyNvVideoCodec is in, so no other process asks first.
"""

from __future__ import annotations

import json
import sys

from gpu_service.decode.nvdec.library import library
from gpu_service.decode.nvdec.stream_kind import BIT_DEPTHS, CODECS


def main(gpu: int) -> None:
    """Print one line: a list of objects, one for each codec and bit depth."""
    nvc = library()
    # "420" is no name of Python's.
    chroma = nvc.cudaVideoChromaFormat.__members__["420"]
    found = []
    for codec in CODECS.values():
        for depth in sorted(set(BIT_DEPTHS.values())):
            caps = nvc.GetDecoderCaps(
                gpuid=gpu,
                codec=getattr(nvc.cudaVideoCodec, codec),
                chromaformat=chroma,
                bitdepth=depth,
            )
            found.append({**caps, "codec": codec, "bit_depth": depth})
    sys.stdout.write(f"\n{json.dumps(found)}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
