"""The main-thread service: whose thread runs what, and how waiting callers end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from runtime.errors import RunError
from runtime.mainthread import MainThreadService

LONG = 20


@contextmanager
def serving(*workers: Callable[[MainThreadService], None]):
    """Serves on this thread while each worker runs on one of its own; ends when all have returned."""
    service = MainThreadService()
    until = threading.Event()

    def work() -> None:
        try:
            for worker in workers:
                worker(service)
        finally:
            until.set()

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    service.serve(until)
    thread.join(LONG)
    yield service


def test_a_call_from_another_thread_runs_on_the_serving_thread_and_returns_its_result():
    ran: list[threading.Thread] = []
    results: list[int] = []

    def on_main() -> int:
        ran.append(threading.current_thread())
        return 7

    with serving(lambda service: results.append(service.call(on_main))):
        assert results == [7]
        assert ran == [threading.current_thread()]


def test_a_call_may_return_none_and_calls_keep_their_order():
    order: list[int] = []

    def worker(service: MainThreadService) -> None:
        for number in range(100):
            assert service.call(lambda number=number: order.append(number)) is None

    with serving(worker):
        assert order == list(range(100))


def test_an_exception_reaches_the_caller_and_the_service_goes_on():
    seen: list[object] = []

    def worker(service: MainThreadService) -> None:
        with pytest.raises(ZeroDivisionError):
            service.call(lambda: 1 // 0)
        seen.append(service.call(lambda: "alive"))

    with serving(worker):
        assert seen == ["alive"]


def test_a_call_on_the_serving_thread_is_direct_also_when_nobody_serves():
    service = MainThreadService()
    assert service.call(threading.current_thread) is threading.current_thread()


def test_a_call_may_call_again_from_the_main_thread():
    results: list[int] = []
    with serving(lambda service: results.append(service.call(lambda: service.call(lambda: 5)))):
        assert results == [5]


def test_calls_made_before_serving_begins_are_run_when_it_does():
    service = MainThreadService()
    until = threading.Event()
    asked = threading.Event()

    def worker() -> None:
        asked.set()
        service.call(until.set)

    thread = threading.Thread(target=worker, name="worker")
    thread.start()
    assert asked.wait(LONG)
    service.serve(until)
    thread.join(LONG)
    assert not thread.is_alive()


def test_a_call_after_serving_ended_is_refused():
    service = MainThreadService()
    done = threading.Event()
    done.set()
    service.serve(done)
    errors = from_another_thread(lambda: service.call(lambda: None))
    assert len(errors) == 1
    assert isinstance(errors[0], RunError)
    assert "stopped serving" in str(errors[0])


def test_a_call_that_still_waits_when_serving_ends_gets_an_error():
    service = MainThreadService()
    until = threading.Event()
    inside = threading.Event()
    may_go_on = threading.Event()
    errors: list[BaseException] = []

    def first() -> None:
        inside.set()
        may_go_on.wait(LONG)

    def call_last() -> None:
        inside.wait(LONG)
        until.set()
        threading.Thread(target=may_go_on.set, name="opener").start()
        try:
            service.call(lambda: None)
            service.call(lambda: None)  # the first may still be served in the same round; the second never
        except RunError as error:
            errors.append(error)

    threads = [
        threading.Thread(target=lambda: service.call(first), name="first"),
        threading.Thread(target=call_last, name="last"),
    ]
    for thread in threads:
        thread.start()
    service.serve(until)
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive()
    assert len(errors) == 1


def test_ctrl_c_in_a_call_ends_serving_and_its_caller_does_not_hang():
    service = MainThreadService()
    errors: list[BaseException] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    thread = threading.Thread(target=lambda: errors.extend(caught(lambda: service.call(interrupt))), name="caller")
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        service.serve(threading.Event())
    thread.join(LONG)
    assert [type(error) for error in errors] == [RunError]


def test_a_polled_function_runs_again_and_again_on_the_main_thread_until_it_is_ended():
    runs: list[threading.Thread] = []
    thrice = threading.Event()

    def tick() -> None:
        runs.append(threading.current_thread())
        if len(runs) == 3:
            thrice.set()

    def worker(service: MainThreadService) -> None:
        end = service.poll(tick)
        assert thrice.wait(LONG)
        service.call(end)
        after = len(runs)
        service.call(lambda: None)
        assert len(runs) == after
        end()  # a second time does no harm

    with serving(worker):
        assert set(runs) == {threading.current_thread()}


def test_a_polled_function_that_raises_ends_only_itself(caplog):
    thrice = threading.Event()
    good: list[int] = []
    bad: list[int] = []

    def fails() -> None:
        bad.append(1)
        raise ValueError("no window")

    def works() -> None:
        good.append(1)
        if len(good) == 3:
            thrice.set()

    def worker(service: MainThreadService) -> None:
        service.poll(fails)
        service.poll(works)
        assert thrice.wait(LONG)

    with serving(worker):
        assert bad == [1]
        assert "polled no more" in caplog.text
        assert "no window" in caplog.text


def caught(function: Callable[[], object]) -> list[BaseException]:
    try:
        function()
    except RunError as error:
        return [error]
    return []


def from_another_thread(function: Callable[[], object]) -> list[BaseException]:
    errors: list[BaseException] = []
    thread = threading.Thread(target=lambda: errors.extend(caught(function)), name="other")
    thread.start()
    thread.join(LONG)
    return errors
