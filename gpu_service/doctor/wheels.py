"""The wheels that the GPU path needs beside torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from gpu_service.doctor.check import Check, State

_INSTALL = "pip install 'gpu-service[cuda]'"


def part_checks(
    part: str,
    wheels: Sequence[str],
    gpus: Sequence[State],
    missing: State,
    ask: Callable[[int, str, State], Check],
) -> list[Check]:
    """A line for each GPU, or one where there is none to ask or a wheel isn't there.

    :param part: its name.
    :param gpus: for each GPU, the state of a part that can't be used there.
    :param missing: the state where a wheel isn't installed.
    :param ask: called with a GPU's number, the wheels' versions and the GPU's state.
    """
    versions, absent = _versions(wheels)
    if absent:
        detail = f"{', '.join(absent)}: not installed"
        if gpus or missing is State.BROKEN:
            return [Check(part, missing, detail, _INSTALL)]
        return [Check(part, missing, f"{detail}; only a GPU needs it", f"for a GPU: {_INSTALL}")]
    if not gpus:
        return [Check(part, State.ABSENT, f"{versions}; without a GPU there is nothing to ask")]
    with ThreadPoolExecutor(len(gpus)) as threads:
        found = list(threads.map(ask, range(len(gpus)), [versions] * len(gpus), gpus))
    if len(found) == 1:
        return found
    return [replace(one, name=f"{part}, GPU {gpu}") for gpu, one in enumerate(found)]


def _versions(wheels: Sequence[str]) -> tuple[str, list[str]]:
    """In words, and those that are absent."""
    there, absent = [], []
    for name in wheels:
        try:
            there.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            absent.append(name)
    return ", ".join(there), absent
