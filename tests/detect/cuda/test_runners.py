"""Both runners give each batch its own scores, whatever is in flight."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from gpu_service.detect.cuda.detector import run_batches
from gpu_service.detect.cuda.graph_runner import GraphRunner
from gpu_service.detect.cuda.runner import EagerRunner, Runner
from tests.detect.cuda.lazy_device import DEFAULT, lazy_device, noted
from tests.detect.cuda.small import brightness, expected, in_parts, numbered

SIZES = (1, 4)

RUNNERS: dict[str, Callable[[torch.device], Runner]] = {
    "eager": lambda device: EagerRunner(brightness, device, SIZES),
    "graph": lambda device: GraphRunner(brightness, device, SIZES),
}


@pytest.fixture(params=sorted(RUNNERS))
def runner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runner]:
    with lazy_device(monkeypatch) as device:
        yield RUNNERS[request.param](device)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 13])
def test_every_window_has_its_own_scores(runner: Runner, count: int) -> None:
    windows = numbered(count)
    heads = run_batches(runner, in_parts(windows))
    assert heads.shape == (2, count, 50)
    if count:
        np.testing.assert_allclose(heads, expected(windows), atol=1e-5)


def test_batches_in_flight_do_not_touch_each_other(runner: Runner) -> None:
    given = [numbered(2, seed) for seed in range(runner.in_flight)]
    pending = [runner.start(in_parts(windows), 4) for windows in given]
    for windows, scores in zip(given, pending, strict=True):
        np.testing.assert_allclose(scores.wait(), expected(windows), atol=1e-5)


def test_scores_outlive_the_next_batches(runner: Runner) -> None:
    windows = numbered(4)
    heads = runner.start(in_parts(windows), 4).wait()
    for seed in range(1, 4):
        runner.start(in_parts(numbered(4, seed)), 4).wait()
    np.testing.assert_allclose(heads, expected(windows), atol=1e-5)


def test_padding_is_whatever_was_there(runner: Runner) -> None:
    """And changes nothing: the same windows score the same after a full batch of others."""
    windows = numbered(3)
    first = runner.start(in_parts(windows), 4).wait()
    for seed in range(1, 3):
        runner.start(in_parts(numbered(4, seed)), 4).wait()
    np.testing.assert_array_equal(runner.start(in_parts(windows), 4).wait(), first)


def test_batches_that_nobody_waits_for_do_no_harm(runner: Runner) -> None:
    for seed in range(3):
        last = runner.start(in_parts(numbered(4, seed)), 4)
    np.testing.assert_allclose(last.wait(), expected(numbered(4, 2)), atol=1e-5)
    after = numbered(4, 9)
    np.testing.assert_allclose(runner.start(in_parts(after), 4).wait(), expected(after), atol=1e-5)


def test_a_batch_is_brought_computed_and_fetched_on_three_streams(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And nothing is done, or waited for, on the default one."""
    with lazy_device(monkeypatch) as device:
        runner = GraphRunner(brightness, device, SIZES)
        with noted() as asked:
            runner.start(in_parts(numbered(4)), 4).wait()
    brought, computed, fetched = ["join"], ["copy", "replay", "copy"], ["copy, not waited for"]
    assert list(asked.values()) == [brought, computed, fetched]
    assert DEFAULT not in asked


@pytest.mark.parametrize("kind", [GraphRunner, EagerRunner])
def test_a_runner_keeps_what_its_batches_read(
    monkeypatch: pytest.MonkeyPatch, kind: type[GraphRunner | EagerRunner]
) -> None:
    """A graph reads weights by address: nothing else would hold them."""

    class Weights:
        def __call__(self, rgb: torch.Tensor) -> torch.Tensor:
            return brightness(rgb)

    with lazy_device(monkeypatch) as device:
        network = Weights()
        alive = weakref.ref(network)
        runner = kind(network, device, SIZES)
        del network
        gc.collect()
        assert alive() is not None
        del runner
        gc.collect()
        assert alive() is None
