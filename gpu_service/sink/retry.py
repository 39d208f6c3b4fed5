"""Transactions that are repeated, where the database asks for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from gpu_service.errors import TransientError

logger = logging.getLogger("gpu_service.sink")

_T = TypeVar("_T")

_PASSING_REASONS = frozenset({"database_conflict", "database_locked", "database_slow"})
"""Another transaction was in the way, and ours was rolled back: the session is as it was."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a transaction is tried, and how long the waits in between are.

    Waits are drawn from ``[0, min(longest, first · 2ⁿ)]``, so that two transactions that met
    once do not meet again ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    :param attempts: the first one included.
    """

    attempts: int = 5
    first_wait_seconds: float = 0.2
    longest_wait_seconds: float = 5.0


async def repeated(transaction: Callable[[], Awaitable[_T]], retries: Retries) -> _T:
    """Run a transaction until it is through; repeat it where another one was in the way.

    It must be the whole transaction, and do the same when it is done again. A lost session is
    not for here: with it went the lock that the transaction was covered by.

    :raises TransientError: of the last attempt; any other error at once.
    """
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(retries.attempts),
        wait=wait_random_exponential(
            multiplier=retries.first_wait_seconds, max=retries.longest_wait_seconds
        ),
        before_sleep=_say,
        reraise=True,
    )
    return await retrying(transaction)


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, TransientError) and error.reason in _PASSING_REASONS


def _say(state: RetryCallState) -> None:
    error = state.outcome and state.outcome.exception()
    logger.info("%s; tried again (attempt %d)", error, state.attempt_number + 1)
