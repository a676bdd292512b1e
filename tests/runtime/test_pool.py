"""Buffers come back when their last view dies, and never pass the ceiling."""

import gc

import numpy as np
import pytest

from runtime.errors import MemoryCeilingError
from runtime.kinds import Frame
from runtime.pool import Pool


def test_a_buffer_comes_back_with_its_last_view():
    pool = Pool(1000)
    array = pool.empty((10, 10, 3))
    view = array[2:4].reshape(-1)
    del array
    gc.collect()
    assert pool.in_use == 300
    del view
    gc.collect()
    assert pool.in_use == 0


def test_memory_is_used_again():
    pool = Pool(1000)
    first = pool.empty((10, 10))
    address = first.ctypes.data
    del first
    assert pool.empty((100,)).ctypes.data == address


def test_the_ceiling_holds_and_says_what_to_do():
    pool = Pool(250)
    kept = pool.empty((200,))
    with pytest.raises(MemoryCeilingError, match="raise max_memory"):
        pool.empty((100,))
    assert kept.size == 200


def test_free_memory_of_other_sizes_counts_and_gives_way():
    pool = Pool(1000)
    del_me = [pool.empty((100,)) for _ in range(10)]
    del del_me
    big = pool.empty((900,))
    assert pool.in_use == 900
    assert big.flags.writeable


def test_a_frames_editable_copy_comes_from_its_pool():
    pool = Pool(1000)
    frame = Frame(np.ones((2, 2, 3), np.uint8), buffers=pool)
    copy = frame.editable()
    assert pool.in_use == 12
    assert (copy == 1).all()
    copy[:] = 2
    assert (frame.image == 1).all()
