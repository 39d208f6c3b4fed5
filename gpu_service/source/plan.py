"""What to read ahead and what to forget: decisions only, apart from any I/O.

The object is cut into aligned blocks. A jump asks for a small range, which doubles while reading
goes on, as an operating system's read-ahead window does; a steady reader gets whole parts, several
in flight. The object's tail is read in one go and kept longest, since containers put their index
there and their last frames right before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_BLOCK_BYTES = 256 * 1024
_JUMP_BYTES = 1024 * 1024


@dataclass(slots=True)
class Step:
    """What to do next.

    :param fetch: ranges of blocks, one GET each; they are in flight from now on.
    :param drop: blocks to forget before that.
    :param is_full: there is more to read ahead, and no room for it.
    """

    fetch: list[range] = field(default_factory=list)
    drop: list[int] = field(default_factory=list)
    is_full: bool = False


class ReadPlan:
    """Which blocks are held, which are in flight, and where the reader is.

    Held and flying blocks together never exceed the budget, no block is fetched while it is held
    or in flight, and whenever the reader's block is neither, a step with nothing in flight fetches
    it: a reader that waits is always served.

    :param size: of the object, in bytes, at least 1.
    :param part_bytes: largest range of one GET; cut to a quarter of the budget.
    :param parts_in_flight: GETs ahead of the reader; a jump may add its own.
    :param budget_bytes: for everything held and in flight, at least one block.
    """

    def __init__(
        self, *, size: int, part_bytes: int, parts_in_flight: int, budget_bytes: int
    ) -> None:
        self.size = size
        self.block_bytes = min(_BLOCK_BYTES, part_bytes, budget_bytes)
        self.block_count = -(-size // self.block_bytes)
        self.budget_blocks = budget_bytes // self.block_bytes
        quarter = max(1, self.budget_blocks // 4)
        self._part = min(part_bytes // self.block_bytes, quarter)
        self._jump = min(self._part, max(1, _JUMP_BYTES // self.block_bytes))
        self._ahead = max(self._part, self.budget_blocks // 2)
        self._tail = range(max(0, self.block_count - self._part), self.block_count)
        self._parts_in_flight = parts_in_flight
        self._held: set[int] = set()
        self._flying: set[int] = set()
        self._flights: list[range] = []
        self._passed: set[int] = set()
        self._position = 0
        self._window = self._jump

    def span(self, blocks: range) -> tuple[int, int]:
        """First byte and end byte (exclusive) of consecutive blocks."""
        return blocks.start * self.block_bytes, min(self.size, blocks.stop * self.block_bytes)

    @property
    def used_blocks(self) -> int:
        """Blocks held and in flight."""
        return len(self._held) + len(self._flying)

    def move(self, block: int) -> None:
        """The reader now needs ``block``."""
        if block == self._position:
            return
        if self._position in self._held:
            self._passed.add(self._position)
        reads_on = self._position < block <= self._run_end(self._position)
        self._position = block
        if not reads_on:
            # What lies before a jump's target says whether it goes on from an earlier run, as
            # with streams of one file that are far apart and read in turns.
            run = 0
            while run < self._part and self._known(block - 1 - run):
                run += 1
            self._window = max(self._jump, run)

    def landed(self, block: int) -> None:
        """A block in flight has arrived; those of one fetch arrive in order."""
        self._flying.remove(block)
        self._held.add(block)
        self._flights = [flight for flight in self._flights if flight[-1] in self._flying]

    def step(self) -> Step:
        """Everything that can be started now; call again after each move and landing."""
        step = Step()
        if not self._known(self._position):
            self._fetch_position(step)
        while self._known(self._position) and self._fetch_ahead(step):
            pass
        return step

    def _known(self, block: int) -> bool:
        return block in self._held or block in self._flying

    def _run_end(self, block: int) -> int:
        end = block
        while end - block < self._ahead and self._known(end):
            end += 1
        return end

    def _unknown(self, first: int, wanted: int) -> range:
        end = first
        while end < min(first + wanted, self.block_count) and not self._known(end):
            end += 1
        return range(first, end)

    def _fetch_position(self, step: Step) -> None:
        wanted = len(self._tail) if self._position in self._tail else self._window
        blocks = self._unknown(self._position, wanted)
        free = self.budget_blocks - self.used_blocks
        spare = sum(1 for block in self._held if block not in self._tail)
        count = min(len(blocks), free + spare) or min(1, free + len(self._held))
        if count:
            self._drop(count - free, self._by_use(self._held), step)
            self._start(blocks[:count], step)

    def _fetch_ahead(self, step: Step) -> bool:
        end = self._run_end(self._position)
        ahead = end - self._position
        if end >= self.block_count or len(self._flights) >= self._parts_in_flight:
            return False
        wanted = min(self._part, 2 * self._window)
        # While the window grows, the next range waits for the middle of the last one.
        if self._window < self._part and ahead > wanted // 4:
            return False
        if ahead + wanted > self._ahead:
            step.is_full = True
            return False
        blocks = self._unknown(end, wanted)
        free = self.budget_blocks - self.used_blocks
        others = {b for b in self._held if not self._position <= b < end}
        if free + len(others) < len(blocks):
            step.is_full = True
            return False
        self._drop(len(blocks) - free, self._by_use(others), step)
        self._window = wanted
        self._start(blocks, step)
        return True

    def _by_use(self, blocks: set[int]) -> Iterator[int]:
        """The least useful first: passed, behind, farthest ahead; the tail last."""

        def order(block: int) -> tuple[bool, bool, bool, int]:
            distance = abs(block - self._position)
            return (
                block in self._tail,
                block not in self._passed,
                block > self._position,
                -distance,
            )

        return iter(sorted(blocks, key=order))

    def _drop(self, count: int, candidates: Iterator[int], step: Step) -> None:
        for _ in range(count):
            block = next(candidates)
            self._held.remove(block)
            self._passed.discard(block)
            step.drop.append(block)

    def _start(self, blocks: range, step: Step) -> None:
        self._flying.update(blocks)
        self._flights.append(blocks)
        step.fetch.append(blocks)
