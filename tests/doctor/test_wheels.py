"""What doctor says of wheels, where they are and where they aren't."""

from __future__ import annotations

from pathlib import Path

import pytest

from gpu_service.doctor.check import Check, State
from gpu_service.doctor.wheels import part_checks
from tests.doctor.installed import installed

INSTALL = "pip install 'gpu-service[cuda]'"


def never(gpu: int, versions: str, missing: State) -> Check:
    raise AssertionError("there is nothing to ask")


def test_without_a_gpu_what_is_absent_is_information() -> None:
    assert part_checks("nvABC", ["no-such-wheel"], [], State.ABSENT, never) == [
        Check(
            "nvABC",
            State.ABSENT,
            "no-such-wheel: not installed; only a GPU needs it",
            f"for a GPU: {INSTALL}",
        )
    ]


@pytest.mark.parametrize("gpus", [[], [State.BROKEN, State.ABSENT]])
def test_where_it_is_needed_the_remedy_is_said(gpus: list[State]) -> None:
    assert part_checks("nvABC", ["no-such-wheel", "nor-this"], gpus, State.BROKEN, never) == [
        Check("nvABC", State.BROKEN, "no-such-wheel, nor-this: not installed", INSTALL)
    ]


def test_one_wheel_of_two_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, "is-there")
    (found,) = part_checks("nvABC", ["is-there", "nor-this"], [State.ABSENT], State.ABSENT, never)
    assert (found.state, found.detail, found.remedy) == (
        State.ABSENT,
        "nor-this: not installed",
        INSTALL,
    )


def test_what_is_installed_without_a_gpu_is_named_and_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, monkeypatch, "is-there")
    assert part_checks("nvABC", ["is-there"], [], State.BROKEN, never) == [
        Check("nvABC", State.ABSENT, "is-there 9.9; without a GPU there is nothing to ask")
    ]


def test_each_gpu_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path, monkeypatch, "is-there")

    def ask(gpu: int, versions: str, missing: State) -> Check:
        return Check("nvABC", missing, f"{gpu}: {versions}", "mend it")

    both = [State.BROKEN, State.ABSENT]
    assert part_checks("nvABC", ["is-there"], both, State.BROKEN, ask) == [
        Check("nvABC, GPU 0", State.BROKEN, "0: is-there 9.9", "mend it"),
        Check("nvABC, GPU 1", State.ABSENT, "1: is-there 9.9", "mend it"),
    ]
    assert part_checks("nvABC", ["is-there"], both[:1], State.BROKEN, ask)[0].name == "nvABC"
