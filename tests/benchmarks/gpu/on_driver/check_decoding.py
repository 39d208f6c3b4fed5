"""The measure of NVDEC on the stand-in driver: the right number of frames, however many at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from benchmarks.figures import WrongResultsError
from benchmarks.gpu import decoding
from benchmarks.gpu.decoding import frames_a_second
from gpu_service.decode.nvdec.decoder import NvdecDecoder
from gpu_service.errors import InputError
from gpu_service.frames import DeviceDetectorFrames
from tests.decode.clips import CLIPS, FRAMES, draw
from tests.decode.nvdec.videos import VIDEOS


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_LEAST_SECONDS", 0.2)


def test_threads_are_held_to_one_core(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cores: list[set[int]] = []
    scan = NvdecDecoder.scan

    def noted(self: NvdecDecoder, chunk_frames: int = 64) -> Iterator[DeviceDetectorFrames]:
        cores.append(os.sched_getaffinity(0))
        return scan(self, chunk_frames)

    monkeypatch.setattr(NvdecDecoder, "scan", noted)
    path, before = draw(VIDEOS["mp4-b-frames"], tmp_path), os.sched_getaffinity(0)
    frames_a_second(path, FRAMES, device="cpu:0", at_once=2, watch=nullcontext(), one_core=True)
    assert {frozenset(one) for one in cores} == {frozenset({max(before)})}
    assert os.sched_getaffinity(0) == before


@pytest.mark.parametrize("at_once", [1, 3])
def test_every_scan_is_counted(tmp_path: Path, at_once: int) -> None:
    path = draw(VIDEOS["mp4-b-frames"], tmp_path)
    assert frames_a_second(path, FRAMES, device="cpu:0", at_once=at_once, watch=nullcontext()) > 0
    with pytest.raises(WrongResultsError, match=f"{FRAMES} frames, not {FRAMES + 1}"):
        frames_a_second(path, FRAMES + 1, device="cpu:0", at_once=at_once, watch=nullcontext())


def test_what_nvdec_does_not_decode_is_no_figure(tmp_path: Path) -> None:
    path = draw(CLIPS["mp4-mpeg4"], tmp_path)
    with pytest.raises(InputError, match="NVDEC"):
        frames_a_second(path, FRAMES, device="cpu:0", at_once=1, watch=nullcontext())
