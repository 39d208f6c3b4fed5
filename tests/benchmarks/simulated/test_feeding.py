"""The product's scan on engines that take time."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cases import nvdec_host
from benchmarks.context import Context
from benchmarks.figures import NotToBeHadError
from benchmarks.place import Place
from benchmarks.simulated import driver
from benchmarks.simulated.feeding import Fed, Feeding, fed
from benchmarks.simulated.media import small_video
from tests.nvdec_driver.child import need_driver
from tests.support.media import media


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return small_video(tmp_path, media("testvideo.mp4"), 1)


def test_no_more_comes_than_the_engines_give(bench_place: Place, video: Path) -> None:
    need_driver()
    tried = [Feeding(1, 500, 2), Feeding(2, 500, 3, in_turns=False, one_core=True)]
    found = fed(bench_place, video, tried)
    assert [one.feeding for one in found] == tried
    for one in found:
        assert 0 < one.busy < 1.01
        assert one.cpu_seconds > 0


def test_without_the_driver_there_is_no_figure(
    bench_place: Place, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "missing", lambda: "gcc is absent; apt-get install gcc")
    with pytest.raises(NotToBeHadError, match="apt-get install gcc"):
        fed(bench_place, video, [Feeding(1, 500, 1)])


def test_the_case_tells_devices_and_what_turns_are_worth(
    bench_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(place: Place, video: Path, tried: list[Feeding]) -> list[Fed]:
        def share(one: Feeding) -> float:
            return 1.0 if one.one_core else 0.8 if one.in_turns else 0.4

        return [Fed(one, share(one) * one.engines * one.frames_per_second, 1e-4) for one in tried]

    monkeypatch.setattr(nvdec_host, "fed", found)
    context = Context(bench_place, media("testvideo.mp4").parent, tmp_path, repeats=2, quick=False)
    outcome = nvdec_host.run(context)
    said = {figure.name: figure.samples for figure in outcome.figures}
    busy = {name for name in said if name.endswith("NVDEC busy")}
    assert {name.split(",")[0] for name in busy} == {"T4", "L4", "H100"}
    on_one_core = {name for name in busy if "on one core" in name}
    assert len(on_one_core) == len(busy) / 3
    assert all(said[name] == pytest.approx((100, 100)) for name in on_one_core)
    assert all(said[name] == pytest.approx((80, 80)) for name in busy - on_one_core)
    (turns,) = (samples for name, samples in said.items() if "in turns" in name)
    (one_core,) = (samples for name, samples in said.items() if "on one core to any" in name)
    assert turns == pytest.approx((2, 2))
    assert one_core == pytest.approx((1.25, 1.25))
    assert any("no GPU ran" in note for note in outcome.notes)
