from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.figures import NotToBeHadError
from benchmarks.gpu.utilisation import Readings, Utilisation, sampled
from tests.benchmarks.gpu.nvidia_smi import says, wait_for


def test_means_are_those_of_the_time_in_which_videos_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model loads before; what is left behind the last frame is not for the decoder."""
    text = "0, 0\n99, 0\n30, 90\n0, 0\n50, 60\n80, [N/A]\n7"
    said = says(tmp_path, monkeypatch, text)
    readings = Readings()
    with sampled(readings):
        wait_for(said)
    assert len(readings.all) == 6, "the last line is cut off"
    assert readings.decoding() == [Utilisation(30, 90), Utilisation(0, 0), Utilisation(50, 60)]
    assert readings.decoder_percent() == 50
    assert readings.sm_percent() == pytest.approx(80 / 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [("0, 0\n90, 0\n", "ever busy in 2"), ("No devices were found\n", "says 'No devices")],
)
def test_what_is_no_figure_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    said = says(tmp_path, monkeypatch, text)

    def watch() -> None:
        readings = Readings()
        with sampled(readings):
            wait_for(said)
        readings.decoding()

    with pytest.raises(NotToBeHadError, match=words):
        watch()


def test_a_machine_without_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotToBeHadError, match="nvidia-smi does not run"), sampled(Readings()):
        pass
