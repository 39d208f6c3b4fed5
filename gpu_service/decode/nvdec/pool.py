"""Decoders kept for the next video, since making one takes long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from gpu_service.decode.nvdec.core import CoreDecoder
from gpu_service.decode.nvdec.stream_kind import StreamKind

_MAX_IDLE = 8
"""Some 128 MiB of GPU memory each."""


class DecoderPool:
    """Lends decoders, and keeps the latest that came back; any thread.

    :param max_idle: decoders that are kept while nobody uses them.
    """

    def __init__(self, max_idle: int = _MAX_IDLE) -> None:
        self._max_idle = max_idle
        self._lock = threading.Lock()
        self._idle: OrderedDict[CoreDecoder, str] = OrderedDict()
        self.made = 0
        """Decoders so far."""

    def __len__(self) -> int:
        """Idle ones."""
        return len(self._idle)

    @contextmanager
    def lend(self, kind: StreamKind, device: str) -> Iterator[CoreDecoder]:
        """A decoder for one stretch of one stream, with nothing of an earlier one left in it.

        It comes back unless an error passes through here: after one a decoder is not trusted.

        :raises InternalError: one that was lent before does not let go of what it held back.
        """
        decoder = self._take(kind, device)
        try:
            decoder.drain()
            yield decoder
        except GeneratorExit:
            # Whoever lent it has seen enough.
            self._put(decoder, device)
            raise
        self._put(decoder, device)

    def close(self) -> None:
        """Free the idle ones."""
        with self._lock:
            self._idle.clear()

    def _take(self, kind: StreamKind, device: str) -> CoreDecoder:
        with self._lock:
            for decoder, place in reversed(self._idle.items()):
                if decoder.kind == kind and place == device:
                    del self._idle[decoder]
                    return decoder
            self.made += 1
        return CoreDecoder(kind, device)

    def _put(self, decoder: CoreDecoder, device: str) -> None:
        if not (decoder.kind.is_certain and decoder.is_as_declared):
            return
        dropped: list[CoreDecoder] = []
        with self._lock:
            self._idle[decoder] = device
            while len(self._idle) > self._max_idle:
                dropped.append(self._idle.popitem(last=False)[0])
        # Outside the lock: freeing one takes long too.
        del dropped


@cache
def shared_pool() -> DecoderPool:
    """The process's one pool."""
    return DecoderPool()
