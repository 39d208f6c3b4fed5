from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

import benchmarks.cases
from benchmarks.context import Context
from benchmarks.registry import CASES, Case

_MODULES = {
    path.stem
    for path in Path(str(benchmarks.cases.__file__)).parent.glob("*.py")
    if path.stem != "__init__"
}


def test_names_are_unique() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_module_of_cases_is_in_the_registry() -> None:
    assert {case.module for case in CASES} == _MODULES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_can_be_called_with_its_arguments(case: Case) -> None:
    function = import_module(f"benchmarks.cases.{case.module}").run
    signature = inspect.signature(function)
    signature.bind(Context, *case.arguments)
    assert next(iter(signature.parameters)) == "context"
    assert case.repeats >= 1
    assert case.measures
    assert case.needs
