"""Large arrays under a byte ceiling: a buffer is lent, and comes back when the last view of it dies.

It comes back by reference counting and never with a frame's token, because caches, held frames and previews
may keep views for longer than the frame is in flight.
"""

from __future__ import annotations

import ctypes
import math
import threading
import weakref

import numpy as np

from runtime.errors import MemoryCeilingError
from runtime.kinds import Image

MEBIBYTE = 1 << 20


class Pool:
    """Lends uint8 arrays whose memory is used again, at most `ceiling` bytes at a time.

    Attributes:
        limit: bytes in use from which on no further frame should begin. What frames in flight need, they still get.
    """

    def __init__(self, ceiling: int) -> None:
        self.ceiling = ceiling
        self.limit = ceiling
        self.in_use = 0
        self.lent = 0
        self._free: dict[int, list[bytearray]] = {}
        self._kept = 0
        # Guards the counters and the free list. Re-entrant: the garbage collector may give a buffer back at any moment.
        self._lock = threading.RLock()

    def empty(self, shape: tuple[int, ...]) -> Image:
        """Returns an uninitialised, writable uint8 array; raises `MemoryCeilingError` past the ceiling."""
        size = math.prod(shape)
        block = self._take(size)
        lease = (ctypes.c_uint8 * size).from_buffer(block)
        weakref.finalize(lease, self._give_back, block).atexit = False
        return np.frombuffer(memoryview(lease), np.uint8).reshape(shape)

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more stay within the limit."""
        return self.in_use + size <= self.limit

    def shrink(self, share: float) -> None:
        """Limits it to a share of the ceiling, and forgets buffers that nobody uses; 1 lifts the limit."""
        with self._lock:
            self.limit = int(share * self.ceiling)
            if share < 1:
                self._free.clear()
                self._kept = 0

    def _take(self, size: int) -> bytearray:
        with self._lock:
            if self.in_use + size > self.ceiling:
                raise MemoryCeilingError(
                    f"{(self.in_use + size) / MEBIBYTE:.0f} MiB of buffers would pass max_memory "
                    f"({self.ceiling / MEBIBYTE:.0f} MiB): raise max_memory, or lower credits, workers or batch"
                )
            blocks = self._free.get(size)
            if blocks:
                self._kept -= size
            self.in_use += size
            self._make_room()
            block = blocks.pop() if blocks else self._new(size)
            self.lent += size
        return block

    def _new(self, size: int) -> bytearray:
        try:
            return bytearray(size)
        except MemoryError:
            self.in_use -= size
            raise

    def _make_room(self) -> None:
        """Forgets free blocks of other sizes, so that used and kept memory together stay under the limit."""
        for other in list(self._free):
            while self._free[other] and self.in_use + self._kept > self.limit:
                self._free[other].pop()
                self._kept -= other
            if not self._free[other]:
                del self._free[other]

    def _give_back(self, block: bytearray) -> None:
        with self._lock:
            self.in_use -= len(block)
            if self.in_use + self._kept + len(block) <= self.limit:
                self._free.setdefault(len(block), []).append(block)
                self._kept += len(block)
