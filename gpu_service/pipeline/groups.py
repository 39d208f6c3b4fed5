"""Task groups that raise the one error that matters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup

from gpu_service.errors import GpuServiceError


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def main_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error to report of several: a fault of ours first, then the first of the tree.

    A stage that finds the next stage's end of its stream closed only suffers from that stage's
    own error, so it is named last.
    """
    everything = list(_leaves(group))
    echoes = (anyio.BrokenResourceError, anyio.ClosedResourceError)
    leaves = [error for error in everything if not isinstance(error, echoes)] or everything
    for error in leaves:
        if not isinstance(error, GpuServiceError):
            return error
    return leaves[0]


@asynccontextmanager
async def task_group() -> AsyncIterator[TaskGroup]:
    """A task group whose failure is one plain exception; the group stays as its cause."""
    try:
        async with anyio.create_task_group() as group:
            yield group
    except BaseExceptionGroup as error:
        raise main_error(error) from error
