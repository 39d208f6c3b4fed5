"""The plan on its own: a simulated network lands blocks in any order that a network could."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gpu_service.source.plan import ReadPlan

KiB = 1024
MiB = 1024 * KiB


class Network:
    """Carries out a plan's steps, checks its promises, counts what was fetched."""

    def __init__(self, plan: ReadPlan) -> None:
        self.plan = plan
        self.held: set[int] = set()
        self.flights: list[list[int]] = []
        self.fetched: list[range] = []

    def step(self) -> None:
        step = self.plan.step()
        for block in step.drop:
            self.held.remove(block)
        flying = {block for flight in self.flights for block in flight}
        for blocks in step.fetch:
            assert blocks
            assert blocks.stop <= self.plan.block_count
            assert not flying & set(blocks)
            assert not self.held & set(blocks)
            flying |= set(blocks)
            self.flights.append(list(blocks))
            self.fetched.append(blocks)
        assert self.plan.used_blocks == len(self.held) + len(flying) <= self.plan.budget_blocks

    def land(self, choice: int) -> None:
        flight = self.flights[choice % len(self.flights)]
        block = flight.pop(0)
        self.flights = [flight for flight in self.flights if flight]
        self.held.add(block)
        self.plan.landed(block)
        self.step()

    def read(self, block: int, order: int = 0) -> None:
        self.plan.move(block)
        self.step()
        while block not in self.held:
            assert self.flights, "the reader waits, and nothing is on its way"
            self.land(order)

    @property
    def fetched_blocks(self) -> list[int]:
        return [block for blocks in self.fetched for block in blocks]


def plan_of(
    size: int, *, part: int = 8 * MiB, in_flight: int = 4, budget: int = 64 * MiB
) -> ReadPlan:
    return ReadPlan(size=size, part_bytes=part, parts_in_flight=in_flight, budget_bytes=budget)


plans = st.builds(
    plan_of,
    st.integers(1, 24 * MiB),
    part=st.integers(64 * KiB, 4 * MiB),
    in_flight=st.integers(1, 6),
    budget=st.integers(1 * MiB, 16 * MiB),
)


@given(plans, st.data())
def test_any_reader_is_served_within_the_budget(plan: ReadPlan, data: st.DataObject) -> None:
    network = Network(plan)
    jumps = st.tuples(
        st.integers(0, plan.block_count - 1), st.integers(1, 12), st.integers(0, 5), st.booleans()
    )
    for first, count, order, lands in data.draw(st.lists(jumps, max_size=12)):
        for block in range(first, min(first + count, plan.block_count)):
            network.read(block, order)
            if lands and network.flights:
                network.land(order)


@given(plans, st.integers(0, 5))
def test_reading_on_fetches_every_byte_once(plan: ReadPlan, order: int) -> None:
    network = Network(plan)
    for block in range(plan.block_count):
        network.read(block, order)
    assert sorted(network.fetched_blocks) == list(range(plan.block_count))


@given(
    size=st.integers(1, 40 * MiB),
    part=st.integers(64 * KiB, 4 * MiB),
    budget=st.integers(2 * MiB, 16 * MiB),
    index_bytes=st.integers(1, 1 * MiB),
    order=st.integers(0, 5),
)
def test_an_index_at_the_end_is_read_once(
    size: int, part: int, budget: int, index_bytes: int, order: int
) -> None:
    """The beginning, then the last bytes, then everything: what a demuxer does with an MP4."""
    index_bytes = min(index_bytes, part, budget // 8, size)
    network = Network(plan_of(size, part=part, budget=budget))
    index = (size - index_bytes) // network.plan.block_bytes
    network.read(0, order)
    for block in (*range(index, network.plan.block_count), *range(network.plan.block_count)):
        network.read(block, order)
    assert sorted(network.fetched_blocks) == list(range(network.plan.block_count))


def test_a_jump_near_the_end_reads_to_the_end_in_one_get() -> None:
    plan = plan_of(100 * MiB)
    network = Network(plan)
    network.read(0)
    network.fetched.clear()
    network.read(plan.block_count - 30)
    assert network.fetched == [range(plan.block_count - 30, plan.block_count)]


def test_a_small_object_is_one_get() -> None:
    network = Network(plan_of(8 * MiB - 1))
    network.read(0)
    assert network.fetched == [range(32)]


def test_the_window_doubles_while_reading_goes_on() -> None:
    plan = plan_of(100 * MiB)
    network = Network(plan)
    network.read(160)
    assert [len(blocks) for blocks in network.fetched] == [4]
    for block in range(161, 190):
        network.read(block)
    sizes = [len(blocks) * plan.block_bytes // MiB for blocks in network.fetched]
    assert sizes[:4] == [1, 2, 4, 8]
    assert set(sizes[4:]) <= {8}


def test_a_steady_reader_has_all_parts_in_flight() -> None:
    plan = plan_of(200 * MiB)
    network = Network(plan)
    for block in range(200):
        network.read(block)
    while len(network.flights) != 4:
        network.read(block := block + 1)
    assert max(blocks.stop for blocks in network.fetched) - block <= plan.budget_blocks // 2


def test_streams_far_apart_read_in_turns_are_fetched_once() -> None:
    """An MP4 whose sound lies far from its pictures."""
    plan = plan_of(80 * MiB)
    network = Network(plan)
    half = plan.block_count // 2
    for block in range(half):
        network.read(block)
        network.read(half + block)
    assert sorted(network.fetched_blocks) == list(range(plan.block_count))
    assert len(network.fetched) < 40


def test_what_was_read_goes_before_what_was_not() -> None:
    plan = plan_of(100 * MiB, budget=16 * MiB, part=4 * MiB)
    network = Network(plan)
    for block in range(100):
        network.read(block)
    ahead = {block for block in network.held if block > 100}
    network.read(300)
    assert ahead <= network.held


def test_blocks_behind_that_were_never_read_outlast_those_that_were() -> None:
    plan = plan_of(100 * MiB, budget=16 * MiB, part=4 * MiB)
    network = Network(plan)
    network.read(100)
    while network.flights:
        network.land(0)
    unread = {block for block in network.held if block > 100}
    assert unread
    for block in range(300, 390):
        network.read(block)
    assert unread <= network.held


def test_the_tail_outlasts_jumps_all_over() -> None:
    plan = plan_of(100 * MiB, budget=16 * MiB, part=4 * MiB)
    network = Network(plan)
    tail = range(plan.block_count - 3, plan.block_count)
    network.read(tail.start)
    while network.flights:
        network.land(0)
    for block in range(0, 350, 7):
        network.read(block)
        while network.flights:
            network.land(0)
    assert set(tail) <= network.held
