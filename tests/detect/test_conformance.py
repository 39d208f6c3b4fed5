"""What every detector promises, whatever its mode."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gpu_service.detect.base import Detector, Window
from gpu_service.detect.cuda.detector import BatchDetector
from gpu_service.detect.cuda.network import WindowNetwork
from gpu_service.detect.cuda.runner import EagerRunner
from gpu_service.detect.cuda.windows import DeviceWindow
from gpu_service.detect.detector import TransNetV2Detector, load_detector
from gpu_service.detect.fast.runs import Run
from gpu_service.detect.windows import Window as OfficialWindow
from gpu_service.events import Scores
from gpu_service.frames import UInt8Array
from gpu_service.settings import DetectSettings
from tests.detect.footage import as_chunks, items_of, scene, scores_of

DETECTORS: dict[str, Detector] = {
    mode: load_detector(DetectSettings(detect_mode=mode, model_threads=1), "cpu")
    for mode in ("reference", "fast")
}


def _batches() -> BatchDetector:
    """What runs on CUDA, but eagerly and here."""
    official = DETECTORS["reference"]
    assert isinstance(official, TransNetV2Detector)
    cpu = torch.device("cpu")
    runner = EagerRunner(WindowNetwork(official.model), cpu, (1, 3))
    return BatchDetector(runner, official.fingerprint, cpu)


DETECTORS["batches"] = _batches()

every_detector = pytest.mark.parametrize("mode", sorted(DETECTORS))


def kept(item: Window | Scores) -> int:
    return len(item) if isinstance(item, Scores) else item.kept


def windows_of(items: list[Window | Scores]) -> list[Window]:
    return [item for item in items if not isinstance(item, Scores)]


def pixels(item: object) -> UInt8Array:
    if isinstance(item, DeviceWindow):
        rgb: UInt8Array = torch.cat(item.parts).numpy()
        return rgb
    assert isinstance(item, (OfficialWindow, Run))
    return item.rgb


def place(item: object) -> tuple[int, bool, bool] | None:
    """What of a run is new, and whether it goes on and is gone on with."""
    if not isinstance(item, Run):
        return None
    return item.fresh, item.before is not None, item.after is not None


def cut_twice() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.concatenate([scene(57, 1), scene(41, 2), scene(32, 3)])


@every_detector
def test_no_frames_no_items(mode: str) -> None:
    assert DETECTORS[mode].start().finish() == []


@every_detector
@pytest.mark.parametrize("frames", [1, 2, 49, 50, 51, 99, 100, 101, 260])
def test_items_cover_every_frame_once(mode: str, frames: int) -> None:
    for rgb in (scene(frames, 1), np.repeat(scene(1, 1), frames, axis=0)):
        items = items_of(DETECTORS[mode], rgb, [frames])

        assert sum(kept(item) for item in items) == frames
        assert all(window.nbytes > 0 for window in windows_of(items))


@every_detector
@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 90), max_size=12),
    lengths=st.lists(st.tuples(st.integers(1, 120), st.sampled_from([0.0, 0.1, 3.0])), max_size=4),
)
def test_how_frames_are_chunked_changes_nothing(
    mode: str, sizes: list[int], lengths: list[tuple[int, float]]
) -> None:
    rgb = np.concatenate(
        [scene(0, 0), *(scene(frames, seed, speed) for seed, (frames, speed) in enumerate(lengths))]
    )
    whole = items_of(DETECTORS[mode], rgb, [len(rgb)])

    chunked = items_of(DETECTORS[mode], rgb, sizes)

    assert len(chunked) == len(whole)
    for one, other in zip(chunked, whole, strict=True):
        assert type(one) is type(other)
        assert kept(one) == kept(other)
        if isinstance(one, Scores) and isinstance(other, Scores):
            np.testing.assert_array_equal(one.single, other.single)
        else:
            np.testing.assert_array_equal(pixels(one), pixels(other))
            assert place(one) == place(other)


@every_detector
def test_cuts_are_found_where_they_are(mode: str) -> None:
    rgb = cut_twice()

    scores = scores_of(DETECTORS[mode], items_of(DETECTORS[mode], rgb, [64, 64]))

    assert len(scores) == len(rgb)
    assert np.flatnonzero(scores.single > 0.5).tolist() == [56, 97]


@every_detector
def test_batch_mates_do_not_matter(mode: str) -> None:
    detector = DETECTORS[mode]
    windows = windows_of(items_of(detector, cut_twice()[:60], [60]))
    windows += windows_of(items_of(detector, scene(40, 9), [40]))

    together = detector.score(windows)

    assert [len(scores) for scores in together] == [window.kept for window in windows]
    for window, scores in zip(windows, together, strict=True):
        (alone,) = detector.score([window])
        np.testing.assert_allclose(scores.single, alone.single, atol=1e-5)
        np.testing.assert_allclose(scores.many, alone.many, atol=1e-5)


@every_detector
def test_a_window_outlives_the_frames_it_was_cut_from(mode: str) -> None:
    detector = DETECTORS[mode]
    rgb = scene(60, 1)
    (chunk,) = as_chunks(rgb, [])
    cutter = detector.start()
    items = cutter.feed(chunk) + cutter.finish()
    before = scores_of(detector, items)

    rgb[:] = 0

    np.testing.assert_array_equal(scores_of(detector, items).single, before.single)


@every_detector
def test_another_detectors_windows_are_refused(mode: str) -> None:
    for other in DETECTORS.keys() - {mode}:
        windows = windows_of(items_of(DETECTORS[other], scene(60, 1), [60]))
        with pytest.raises(TypeError, match="not a window of this detector"):
            DETECTORS[mode].score(windows)


def test_modes_differ_in_fingerprint_and_share_the_name() -> None:
    assert DETECTORS["fast"].fingerprint != DETECTORS["reference"].fingerprint
    # The same computation in other batches.
    assert DETECTORS["batches"].fingerprint == DETECTORS["reference"].fingerprint
    assert {detector.name for detector in DETECTORS.values()} == {"transnetv2"}
