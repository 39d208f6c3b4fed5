from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from gpu_service.pipeline.large_import import large_import


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_the_collector_waits_and_then_leaves_out_what_is_there() -> None:
    frozen = gc.get_freeze_count()

    with large_import("no_such_library"):
        assert not gc.isenabled()

    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen


def test_a_library_that_is_there_already_changes_nothing() -> None:
    frozen = gc.get_freeze_count()

    with large_import("gc"):
        assert gc.isenabled()

    assert gc.get_freeze_count() == frozen


def test_an_import_that_fails_leaves_the_collector_at_work() -> None:
    with pytest.raises(ImportError), large_import("no_such_library"):
        raise ImportError

    assert gc.isenabled()


def test_a_collector_that_someone_has_stopped_stays_so() -> None:
    gc.disable()

    with large_import("no_such_library"):
        pass

    assert not gc.isenabled()
