"""Run as a program: what NVDEC decodes, 4:2:0, as a line of JSON."""

from __future__ import annotations

import json
import sys

_CODECS = ("H264", "HEVC", "AV1", "VP9", "VP8", "MPEG2", "MPEG4")
_BIT_DEPTHS = (8, 10)


def main() -> None:
    """Print a list of objects, one for each codec and bit depth."""
    import PyNvVideoCodec as nvc

    # "420" is no name of Python's.
    chroma = nvc.cudaVideoChromaFormat.__members__["420"]
    found = [
        {
            **nvc.GetDecoderCaps(
                gpuid=0,
                codec=getattr(nvc.cudaVideoCodec, codec),
                chromaformat=chroma,
                bitdepth=depth,
            ),
            "codec": codec,
            "bit_depth": depth,
        }
        for codec in _CODECS
        for depth in _BIT_DEPTHS
    ]
    sys.stdout.write(f"\n{json.dumps(found)}\n")


if __name__ == "__main__":
    main()
