"""Names and signatures of PyNvVideoCodec that the decoder and doctor use.

It does not import without a driver: what its library holds is read from the file, and what it says
of itself on the stand-in driver, where that can be built.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.signatures import signatures
from tests.nvdec_driver.child import run
from tests.support.wheels import installed

PARAMETERS = (
    *("gpuid", "codec", "cudacontext", "cudastream", "usedevicememory", "maxwidth", "maxheight"),
    *("outputColorType", "chromaformat", "bitdepth", "num_decoder_engines"),
)
NAMES = (
    *("CreateDecoder", "GetDecoderCaps", "PacketData", "bsl_data", "bsl", "pts", "Decode"),
    *("getPTS", "GetPtrToPlane", "shape", "setReconfigParams"),
    *("PyNvVCException", "PyNvVCExceptionUnsupported"),
)

SIGNATURES = {
    "create": (
        "(gpuid: int = 0, codec: cudaVideoCodec = <cudaVideoCodec.H264: 4>, "
        "cudacontext: int = 0, cudastream: int = 0, usedevicememory: bool = 0, "
        "maxwidth: int = 0, maxheight: int = 0, "
        "outputColorType: OutputColorType = <OutputColorType.NATIVE: 0>, "
        "enableSEIMessage: bool = 0, bWaitForSessionWarmUp: bool = 0, "
        "latency: DisplayDecodeLatencyType = <DisplayDecodeLatencyType.NATIVE: 0>, "
        "enableDecodeStats: bool = 0) -> PyNvDecoder"
    ),
    "caps": (
        "(gpuid: int = 0, codec: cudaVideoCodec = <cudaVideoCodec.H264: 4>, "
        "chromaformat: cudaVideoChromaFormat = <cudaVideoChromaFormat.420: 1>, "
        "bitdepth: int = 8) -> Dict[str, int]"
    ),
}

SAY = """
import json, PyNvVideoCodec as nvc
print(json.dumps({
    "create": nvc.CreateDecoder.__doc__,
    "caps": nvc.GetDecoderCaps.__doc__,
    "packet": [name for name in dir(nvc.PacketData()) if not name.startswith("_")],
    "decoder": [name for name in dir(nvc.PyNvDecoder) if not name.startswith("_")],
    "frame": [name for name in dir(nvc.DecodedFrame)],
    "decode": nvc.PyNvDecoder.Decode.__doc__,
    "dlpack": nvc.DecodedFrame.__dlpack__.__doc__,
    "dlpack_device": nvc.DecodedFrame.__dlpack_device__.__doc__,
    "pts": nvc.DecodedFrame.getPTS.__doc__,
    "fresh": [type(value).__name__ for packet in [nvc.PacketData()]
              for value in (packet.bsl, packet.bsl_data, packet.pts)],
    "codecs": list(nvc.cudaVideoCodec.__members__),
    "chroma": list(nvc.cudaVideoChromaFormat.__members__),
    "colors": list(nvc.OutputColorType.__members__),
}))
"""


def libraries() -> list[Path]:
    distribution = installed("PyNvVideoCodec")
    files = [file for file in distribution.files or [] if file.name.startswith("PyNvVideoCodec_")]
    assert files, "the wheel is laid out in another way"
    return [Path(str(distribution.locate_file(file))) for file in files]


def test_every_name_is_in_every_library() -> None:
    for library in libraries():
        content = library.read_bytes()
        missing = [name for name in (*PARAMETERS, *NAMES) if name.encode() + b"\0" not in content]
        assert missing == [], library.name


@pytest.fixture(scope="module")
def said(driver: Path) -> dict[str, Any]:
    done = run(driver, "-c", SAY)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(said: dict[str, Any], name: str) -> None:
    """Whole, so that a new parameter shows too. Of overloads the first that fits is called."""
    assert signatures(said[name])[0] == SIGNATURES[name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decode", "(self: {}.PyNvDecoder, arg0: {}.PacketData) -> List[{}.DecodedFrame]"),
        ("dlpack", "__dlpack__(self: {}.DecodedFrame, stream: object = 0) -> capsule"),
        ("dlpack_device", "__dlpack_device__(self: {}.DecodedFrame) -> tuple"),
        ("pts", "getPTS(self: {}.DecodedFrame) -> int"),
    ],
)
def test_signatures_of_frames(said: dict[str, Any], name: str, words: str) -> None:
    assert words.replace("{}", "_PyNvVideoCodec") in said[name]


def test_a_packet_is_made_of_numbers(said: dict[str, Any]) -> None:
    assert said["fresh"] == ["int"] * 3


def test_members(said: dict[str, Any]) -> None:
    assert {"bsl", "bsl_data", "pts"} <= set(said["packet"])
    assert {"Decode", "setReconfigParams"} <= set(said["decoder"])
    assert {"getPTS", "__dlpack__"} <= set(said["frame"])
    assert {"H264", "HEVC", "AV1", "VP9", "VP8", "MPEG2", "MPEG4"} <= set(said["codecs"])
    assert "420" in said["chroma"]
    assert "NATIVE" in said["colors"]
