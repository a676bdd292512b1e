"""How many threads libraries get."""

import pytest

from runtime.threads import Threads


@pytest.mark.parametrize(
    ("cores", "pace", "network", "decode", "encode", "expected"),
    [
        (2, 12.0, 3.0, 2.0, 15.0, Threads(1, 1, 1, 1)),
        (2, 10.0, 3.0, 2.0, 15.0, Threads(1, 1, 1, 2)),
        (16, 2.0, 30.0, 2.5, 40.0, Threads(15, 1, 1, 8)),
        (4, 23.0, 100.0, 2.0, 0.0, Threads(4, 1, 1, 1)),
        (8, 1.0, 0.0, 9.0, 0.0, Threads(1, 1, 4, 1)),
    ],
)
def test_a_library_gets_the_threads_that_its_work_needs_to_keep_pace(cores, pace, network, decode, encode, expected):
    assert Threads.for_work(cores, pace, network, decode, encode) == expected
