from __future__ import annotations

from collections.abc import Mapping

import pytest

from benchmarks.figures import Figure, WrongResultsError, alternated, ratios


def test_the_median_is_what_a_figure_is_said_to_be() -> None:
    assert Figure("f", "s", (9.0, 1.0, 2.0)).median == 2.0


def test_a_figure_without_samples_is_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        Figure("f", "s", ())


@pytest.mark.parametrize(
    ("samples", "at_least", "at_most", "met"),
    [
        ((3.0, 3.0, 0.1), 3.0, None, True),
        ((2.9, 2.9, 9.0), 3.0, None, False),
        ((2.0, 2.0, 9.0), None, 2.0, True),
        ((2.1, 2.1, 0.1), None, 2.0, False),
        ((1.0,), None, None, None),
    ],
)
def test_the_median_decides_whether_it_is_met(
    samples: tuple[float, ...], at_least: float | None, at_most: float | None, met: bool | None
) -> None:
    assert Figure("f", "", samples, at_least, at_most).met is met


def test_json_and_back() -> None:
    figure = Figure("f", "×", (1.5, 3.5, 2.5), at_least=2.0)
    said = figure.as_json()
    assert (said["median"], said["low"], said["high"], said["met"]) == (2.5, 1.5, 3.5, True)
    assert Figure.from_json(said) == figure


def test_each_round_has_its_own_ratio() -> None:
    # The second round's machine was twice as slow for both.
    assert ratios([8.0, 16.0], [2.0, 4.0]) == (4.0, 4.0)


def test_rounds_of_different_number_have_no_ratios() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratios([1.0, 2.0], [1.0])


def test_every_second_round_runs_in_reverse() -> None:
    order: list[str] = []
    numbers = iter(range(6))

    def way(name: str) -> int:
        order.append(name)
        return next(numbers)

    found = alternated(3, {"a": lambda: way("a"), "b": lambda: way("b")})
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": [0, 3, 4], "b": [1, 2, 5]}


def test_a_round_with_wrong_results_is_the_last() -> None:
    ran: list[int] = []

    def check(results: Mapping[str, int]) -> None:
        ran.append(results["a"])
        raise WrongResultsError("wrong")

    with pytest.raises(WrongResultsError):
        alternated(3, {"a": lambda: 7}, check)
    assert ran == [7]
