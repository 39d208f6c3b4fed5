from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import NotToBeHadError
from benchmarks.gpu.utilisation import Readings, Utilisation, sampled
from tests.benchmarks.gpu.nvidia_smi import says, wait_for


def test_means_are_those_of_the_time_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = says(tmp_path, monkeypatch, "0, 0, 0\n30, 90, 0\n0, 0, 0\n50, 60, 2\n0, 0, [N/A]\n7")
    readings = Readings()
    with sampled(readings):
        wait_for(said)
    assert len(readings.all) == 5, "the last line is cut off"
    assert readings.at_work() == [
        Utilisation(30, 90, 0),
        Utilisation(0, 0, 0),
        Utilisation(50, 60, 2),
    ]
    assert readings.decoder_percent() == 50
    assert readings.sm_percent() == pytest.approx(80 / 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [("0, 0, 0\n0, 0, 0\n", "never busy in 2"), ("No devices were found\n", "says 'No devices")],
)
def test_what_is_no_figure_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    said = says(tmp_path, monkeypatch, text)

    def watch() -> None:
        readings = Readings()
        with sampled(readings):
            wait_for(said)
        readings.at_work()

    with pytest.raises(NotToBeHadError, match=words):
        watch()


def test_a_machine_without_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotToBeHadError, match="nvidia-smi does not run"), sampled(Readings()):
        pass
