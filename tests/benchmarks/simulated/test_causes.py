from __future__ import annotations

import pytest

from benchmarks.simulated.causes import engine_shares, model_shares
from benchmarks.simulated.record import VideoRecord

_NEAR = 1e-3


def test_engines_that_always_work_are_busy() -> None:
    video = VideoRecord(life=[(0, 10)], scan=[(0, 10)], fed=[(0, 10)])
    shares = engine_shares([(0, 10), (0, 4), (4, 10)], 2, [video, video])
    assert shares["busy"] == pytest.approx(1)
    assert sum(shares.values()) == pytest.approx(1)


def test_an_idle_engine_is_put_down_to_what_its_video_was_at() -> None:
    video = VideoRecord(
        life=[(0, 20)],
        scan=[(2, 16)],
        fed=[(2, 4), (15, 16)],
        starved=[(4, 7)],
        blocked=[(7, 12)],
    )
    shares = engine_shares([(2, 4), (15, 16), (19, 20)], 1, [video])
    assert shares == {
        "busy": pytest.approx(4 / 18, abs=_NEAR),
        "starved": pytest.approx(3 / 18, abs=_NEAR),
        "blocked": pytest.approx(5 / 18, abs=_NEAR),
        "host": pytest.approx(3 / 18, abs=_NEAR),
        "opening": pytest.approx(0, abs=_NEAR),
        "publishing": pytest.approx(3 / 18, abs=_NEAR),
        "absent": pytest.approx(0, abs=_NEAR),
    }


def test_engines_beyond_the_videos_have_none() -> None:
    video = VideoRecord(life=[(0, 10)], scan=[(0, 10)], fed=[(0, 10)])
    shares = engine_shares([(0, 10)], 4, [video])
    assert shares["busy"] == pytest.approx(0.25)
    assert shares["absent"] == pytest.approx(0.75, abs=_NEAR)


def test_several_waiting_videos_share_the_blame_for_one_idle_engine() -> None:
    fed = VideoRecord(life=[(0, 8)], scan=[(0, 8)], fed=[(0, 8)])
    starved = VideoRecord(life=[(0, 8)], scan=[(0, 8)], starved=[(0, 8)])
    opening = VideoRecord(life=[(0, 9)], scan=[(8, 9)])
    shares = engine_shares([(0, 8)], 2, [fed, starved, starved, starved, opening])
    assert shares["starved"] == pytest.approx(0.5 * 3 / 4, abs=_NEAR)
    assert shares["opening"] == pytest.approx(0.5 / 4, abs=_NEAR)


def test_many_that_wait_cost_no_more_than_one() -> None:
    fed = VideoRecord(life=[(0, 8)], scan=[(0, 8)], fed=[(0, 8)])
    starved = VideoRecord(life=[(0, 4)], scan=[(0, 4)], starved=[(0, 4)])
    blocked = VideoRecord(life=[(4, 8)], scan=[(4, 8)], blocked=[(4, 8)])
    shares = engine_shares([(0, 8)], 2, [fed, starved, blocked, blocked, blocked])
    assert shares["starved"] == pytest.approx(0.25, abs=_NEAR)
    assert shares["blocked"] == pytest.approx(0.25, abs=_NEAR)


def test_a_video_that_waits_while_every_engine_works_costs_nothing() -> None:
    fed = VideoRecord(life=[(0, 8)], scan=[(0, 8)], fed=[(0, 8)])
    blocked = VideoRecord(life=[(0, 8)], scan=[(0, 8)], blocked=[(0, 8)])
    shares = engine_shares([(0, 8)], 1, [fed, blocked])
    assert shares["blocked"] == pytest.approx(0, abs=_NEAR)


def test_the_models_time_between_its_batches() -> None:
    shares = model_shares([(10, 12), (15, 18)], [(0, 10), (12, 14.5), (18, 30)])
    assert shares == {
        "busy": pytest.approx(5 / 8),
        "starved": pytest.approx(2.5 / 8),
        "host": pytest.approx(0.5 / 8),
    }


def test_without_work_there_are_no_shares() -> None:
    with pytest.raises(ValueError, match="no engine"):
        engine_shares([], 1, [])
    with pytest.raises(ValueError, match="model never"):
        model_shares([], [])
