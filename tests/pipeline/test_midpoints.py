"""What midpoints cost, of an object that the read cache can't hold: nothing, or a second read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import av
import pytest

from gpu_service.decode.base import NoPicture
from gpu_service.decode.video import StreamedVideo
from gpu_service.frames import AnyPicture, DetectorFrames
from tests.pipeline.conftest import Place, draw_cuts
from tests.pipeline.holds import Gate, is_read
from tests.pipeline.state import State, new_place, state_of
from tests.support.faulty_s3 import Fault, FaultyS3, Request

KEY = "videos/session_7/video_42.mp4"
MiB = 1024 * 1024
PACKET_OVERHEAD_BYTES = 512


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 frames, seven cuts, some 7 MB, its index last; one group of pictures."""
    one_group = ("-preset", "ultrafast", "-bf", "0", "-g", "250", "-sc_threshold", "0")
    hues = ("300", "60", "180", "20", "240", "100", "330", "150")
    path = tmp_path_factory.mktemp("drawn") / "large.mp4"
    draw_cuts(path, colours=hues, encoding=("-s", "512x384", "-crf", "0", *one_group))
    assert path.stat().st_size > 4 * MiB
    return path


@dataclass(frozen=True)
class Reading:
    """One analysis of it: what was asked for, and what that left.

    :param found: what each midpoint gave when it was asked for; the first, while reads waited.
    :param packets: their budget, from the run's summary.
    """

    found: list[AnyPicture | NoPicture]

    ranges: list[tuple[int, int]]
    bytes_read: int
    packets: dict[str, int]
    state: State

    @property
    def twice_bytes(self) -> int:
        """Bytes that were asked for again."""
        twice = reached = 0
        for start, end in sorted(self.ranges):
            twice += max(0, min(end, reached) - start)
            reached = max(reached, end)
        return twice


def read(
    place: Place, proxy: FaultyS3, path: Path, folder: Path, packets_bytes: int = 0
) -> Reading:
    """Analyse the video with the smallest read cache; its end comes after the first midpoint."""
    address, summary = place.upload(KEY, path), folder / "summary.json"
    from_byte = path.stat().st_size * 7 // 8
    found: list[AnyPicture | NoPicture] = []
    gate, picture = Gate(), StreamedVideo.picture

    def look(video: StreamedVideo[DetectorFrames], pts: int) -> AnyPicture | NoPicture:
        found.append(picture(video, pts))
        gate.open()
        return found[-1]

    def script(request: Request) -> Fault | None:
        # Not the index, which is last and comes first.
        is_end = is_read(request, place) and from_byte <= request.start < from_byte + MiB // 2
        return Fault(before=gate.wait) if is_end else None

    proxy.requests.clear()
    proxy.script = script
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StreamedVideo, "picture", look)
        done = place.analyze(
            *(address, "--summary", str(summary)),
            AWS_ENDPOINT_URL=proxy.url,
            GPU_SERVICE_READ_CACHE_BYTES=str(MiB),
            **({"GPU_SERVICE_PACKETS_BUDGET_BYTES": str(packets_bytes)} if packets_bytes else {}),
        )
    assert done.code == 0, done.errors
    ranges = [(get.start, get.end) for get in proxy.gets if is_read(get, place)]
    packets = json.loads(summary.read_text())["run"]["budgets"]["packets"]
    return Reading(found, ranges, done.only["bytes_read"], packets, state_of(place))


_once: dict[str, Reading] = {}


@pytest.fixture
def at_hand(place: Place, proxy: FaultyS3, large: Path, tmp_path: Path) -> Reading:
    """With the usual budget, in a place of its own."""
    if "read" not in _once:
        apart = new_place(place)
        _once["read"] = read(apart, proxy, large, tmp_path)
        apart.s3.close()
    return _once["read"]


def test_a_midpoint_costs_no_second_read(at_hand: Reading, large: Path) -> None:
    assert len(at_hand.state.timeline) == 8
    assert NoPicture.LATER not in at_hand.found
    assert at_hand.twice_bytes == 0
    assert at_hand.bytes_read == large.stat().st_size
    assert at_hand.packets["peak_bytes"] > 4 * MiB


def test_beyond_its_budget_a_midpoint_is_read_again(
    place: Place, proxy: FaultyS3, at_hand: Reading, large: Path, tmp_path: Path
) -> None:
    again = read(place, proxy, large, tmp_path, packets_bytes=MiB)
    assert NoPicture.LATER in again.found
    assert again.twice_bytes > 4 * MiB
    assert again.state == at_hand.state
    with av.open(large) as container:
        first = next(container.demux(video=0))
        assert again.packets["peak_bytes"] <= MiB + first.size + PACKET_OVERHEAD_BYTES
