"""The packet cache: whole groups of pictures, within a budget that others share."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, get_args

import pytest
from av.packet import Packet, PacketSideData, PktSideDataT
from hypothesis import given
from hypothesis import strategies as st

from gpu_service.budget import ByteBudget, Holder
from gpu_service.decode.cache import NotCachedError, PacketCache
from gpu_service.decode.seek import Packets

_GOP = 5
_BYTES = 1000
_SIZE = _BYTES + 512
"""Of a packet, as charged."""


def packets(count: int) -> Packets:
    return ((number, Packet(_BYTES)) for number in range(count))  # type: ignore[misc]


def keep(cache: PacketCache, numbers: range, gop: int = _GOP) -> None:
    for number in numbers:
        cache.keep(number, Packet(_BYTES), keyframe=number % gop == 0)  # type: ignore[arg-type]


def filled(count: int, limit_bytes: int = 10**6) -> tuple[PacketCache, ByteBudget]:
    budget = ByteBudget("packets", limit_bytes)
    cache = PacketCache(budget)
    keep(cache, range(count))
    return cache, budget


def held(cache: PacketCache, start: int) -> list[int]:
    return [number for number, _ in cache.packets_from(start)]


def has(cache: PacketCache, start: int) -> bool:
    try:
        next(cache.packets_from(start), None)
    except NotCachedError:
        return False
    return True


def test_packets_come_from_any_number_on() -> None:
    cache, _ = filled(12)
    assert held(cache, 0) == list(range(12))
    assert held(cache, 7) == [7, 8, 9, 10, 11]
    assert held(cache, 12) == []


def test_a_reader_sees_what_comes_meanwhile() -> None:
    cache, _ = filled(2)
    reader = cache.packets_from(1)
    assert next(reader)[0] == 1
    cache.keep(2, Packet(_BYTES), keyframe=False)  # type: ignore[arg-type]
    assert next(reader)[0] == 2
    assert next(reader, None) is None


@given(st.integers(0, 30), st.lists(st.integers(0, 40), max_size=5))
def test_forgetting_keeps_every_group_that_is_needed(count: int, needed: list[int]) -> None:
    cache, budget = filled(count)
    before = budget.used_bytes
    for number in sorted(needed):
        cache.forget_before(number)
        first = min(number, max(count - 1, 0)) // _GOP * _GOP
        assert held(cache, first) == list(range(first, count))
    oldest = min(max(needed, default=0), max(count - 1, 0)) // _GOP * _GOP
    assert not any(has(cache, number) for number in range(oldest))
    if oldest:
        assert budget.used_bytes < before
    cache.close()
    assert budget.used_bytes == 0


def test_past_the_budget_the_oldest_group_goes() -> None:
    cache, budget = filled(25, limit_bytes=14 * _BYTES + 14 * 512)
    assert budget.peak_bytes <= budget.limit_bytes
    assert not has(cache, 5)
    assert held(cache, 20) == [20, 21, 22, 23, 24]
    assert cache.first.size == _BYTES


def test_a_group_that_does_not_fit_is_not_kept_in_part() -> None:
    cache, budget = filled(4, limit_bytes=4 * (_BYTES + 512))
    assert not has(cache, 0)
    assert budget.used_bytes == _BYTES + 512
    cache.keep(4, Packet(_BYTES), keyframe=False)  # type: ignore[arg-type]
    assert not has(cache, 4)
    cache.keep(5, Packet(_BYTES), keyframe=True)  # type: ignore[arg-type]
    assert held(cache, 5) == [5]


def test_a_reader_whose_packets_go_is_told() -> None:
    cache, _ = filled(20)
    reader = cache.packets_from(3)
    next(reader)
    cache.forget_before(10)
    with pytest.raises(NotCachedError):
        next(reader)


def test_where_there_is_no_room_only_the_first_packet_is_kept() -> None:
    budget = ByteBudget("packets", 10 * _SIZE)
    budget.charge(10 * _SIZE)
    cache = PacketCache(budget)
    keep(cache, range(7))
    assert not has(cache, 5)
    assert cache.first.size == _BYTES
    assert budget.used_bytes == 11 * _SIZE
    budget.release(10 * _SIZE)
    keep(cache, range(7, 14))
    assert not has(cache, 7)
    assert held(cache, 10) == [10, 11, 12, 13]
    cache.close()
    assert budget.used_bytes == 0


def test_what_is_above_its_share_gives_way() -> None:
    budget = ByteBudget("packets", 40 * _SIZE)
    large, small = PacketCache(budget), PacketCache(budget)
    keep(large, range(39))
    assert held(large, 0) == list(range(39))
    keep(small, range(15))
    assert held(small, 0) == list(range(15))
    assert not has(large, 0)
    assert held(large, 25) == list(range(25, 39))
    assert budget.peak_bytes <= 41 * _SIZE


def test_what_is_within_its_share_is_left_alone() -> None:
    budget = ByteBudget("packets", 40 * _SIZE)
    large, small = PacketCache(budget), PacketCache(budget)
    keep(small, range(19))
    keep(large, range(60))
    assert held(small, 0) == list(range(19))
    assert not has(large, 0)
    assert held(large, 50) == list(range(50, 60))


def test_a_share_grows_when_others_close() -> None:
    budget = ByteBudget("packets", 40 * _SIZE)
    closed, large, late = (PacketCache(budget) for _ in range(3))
    keep(closed, range(19))
    closed.close()
    keep(large, range(39))
    assert held(large, 0) == list(range(39))
    keep(late, range(19))
    assert held(late, 0) == list(range(19))


def test_no_more_than_asked_for_gives_way() -> None:
    cache, _ = filled(12)
    assert cache.held_bytes == 13 * _SIZE
    assert not cache.give_way(13 * _SIZE)
    assert cache.give_way(13 * _SIZE - 1)
    assert held(cache, 5) == list(range(5, 12))
    assert cache.held_bytes == 8 * _SIZE


def test_a_current_group_that_gives_way_is_not_kept_in_part() -> None:
    budget = ByteBudget("packets", 20 * _SIZE)
    long, other = PacketCache(budget), PacketCache(budget)
    for number, packet in packets(18):
        long.keep(number, packet, keyframe=number == 0)
    keep(other, range(5))
    assert budget.used_bytes == (1 + 6) * _SIZE
    long.keep(18, Packet(_BYTES), keyframe=False)  # type: ignore[arg-type]
    assert not has(long, 18)
    long.keep(19, Packet(_BYTES), keyframe=True)  # type: ignore[arg-type]
    assert held(long, 19) == [19]


@pytest.mark.parametrize(
    ("kind", "ends"), [("new_extradata", True), ("palette", True), ("skip_samples", False)]
)
def test_a_decoder_that_changes_on_the_way_ends_the_cache(kind: str, ends: bool) -> None:
    cache, budget = filled(7)
    make: Any = PacketSideData
    data = make(get_args(PktSideDataT).index(kind), 8)
    for number, packet in packets(2):
        packet.set_sidedata(data)
        cache.keep(7 + number, packet, keyframe=True)
    assert has(cache, 5) is not ends
    assert has(cache, 8) is not ends
    assert (budget.used_bytes == 0) is ends


class _Interrupting(ByteBudget):
    """Where another thread makes the cache give way just before it stores what is charged."""

    cache: PacketCache

    def try_charge_share(self, holder: Holder, size_bytes: int) -> bool:
        charged = super().try_charge_share(holder, size_bytes)
        self.cache.give_way(0)
        return charged


def test_a_packet_whose_group_goes_meanwhile_is_not_kept() -> None:
    budget = _Interrupting("packets", 10**6)
    cache = budget.cache = PacketCache(budget)
    keep(cache, range(3))
    assert not has(cache, 0)
    assert budget.used_bytes == _SIZE
    cache.close()
    assert budget.used_bytes == 0


@pytest.mark.parametrize(("videos", "gop"), [(1, 5), (3, 5), (3, 30)])
def test_keeping_and_forgetting_at_once_lose_no_byte(videos: int, gop: int) -> None:
    budget = ByteBudget("packets", 40 * _SIZE)
    caches = [PacketCache(budget) for _ in range(videos)]

    def read(cache: PacketCache) -> None:
        for start in range(0, 3000, 7):
            with suppress(NotCachedError):
                for number, packet in cache.packets_from(start):
                    assert (number >= start, packet.size) == (True, _BYTES)

    def forget(cache: PacketCache) -> None:
        for number in range(0, 3000, 3):
            cache.forget_before(number)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3 * videos) as pool:
            ends = [pool.submit(work, cache) for cache in caches for work in (read, forget)]
            ends += [pool.submit(keep, cache, range(3000), gop) for cache in caches]
            for end in ends:
                end.result(60)
    finally:
        sys.setswitchinterval(before)
    assert budget.used_bytes == sum(cache.held_bytes for cache in caches)
    assert budget.peak_bytes <= (40 + videos) * _SIZE
    for cache in caches:
        cache.close()
    assert budget.used_bytes == 0
