"""Threads on the simulated processor."""

from runtime.processor import TURN_MS, Processor, Thread


def ends(cores, works, slept=()):
    """Returns when each piece of work (ms by name) ends; names in `slept` come 1 ms later, from a sleep."""
    processor, found = Processor(cores), {}

    def begin(name, ms):
        thread = Thread()

        def end():
            found[name] = processor.now
            processor.leave()

        processor.enter(thread, lambda: processor.work(thread, ms, 0.0, end), slept=name in slept)

    for name, ms in works.items():
        processor.at(float(name in slept), lambda name=name, ms=ms: begin(name, ms))
    while len(found) < len(works):
        processor.step()
    return found


def test_threads_with_a_core_each_do_not_wait():
    assert ends(2, {"a": 5, "b": 7}) == {"a": 5, "b": 7}


def test_threads_that_share_a_core_take_turns():
    found = ends(1, {"long": 3 * TURN_MS, "short": TURN_MS / 2})
    assert found == {"short": 1.5 * TURN_MS, "long": 3.5 * TURN_MS}


def test_a_thread_that_has_slept_does_not_wait_for_a_turn():
    assert ends(1, {"long": 2.5, "woken": 0.5}, slept=("woken",)) == {"woken": 1.5, "long": 3.0}


def test_work_is_slower_only_beside_other_work():
    processor, found = Processor(2), []
    for ms in (1.0, 2.0):
        thread = Thread()
        processor.enter(
            thread,
            lambda ms=ms, thread=thread: processor.work(
                thread, ms, 1.0, lambda: (found.append(processor.now), processor.leave())
            ),
        )
    processor.step()
    processor.step()
    assert found == [2.0, 3.0]
