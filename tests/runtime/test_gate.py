"""The gate: who enters, who waits, who is dropped."""

import threading

import numpy as np
import pytest

from runtime.gate import Block, Gate, Latest
from runtime.kinds import Frame


def frames(count):
    return [(Frame(np.full((1, 1, 3), index, np.uint8)),) for index in range(count)]


def number(offer):
    return int(offer[0].image[0, 0, 0])


@pytest.fixture
def admitted():
    return []


def latest(admitted, credits_=1, **options):
    return Gate(Latest(), lambda offer, seq: admitted.append((seq, number(offer))), credits_, **options)


def test_numbers_are_dense_although_frames_are_dropped(admitted):
    gate = latest(admitted)
    for offer in frames(4):
        assert gate.offer(offer)
    gate.give_back()
    assert admitted == [(0, 0), (1, 3)]
    assert gate.drops == 2
    assert gate.in_flight == 1


def test_the_newest_frame_enters_as_soon_as_a_credit_returns(admitted):
    gate = latest(admitted, 2)
    for offer in frames(3):
        gate.offer(offer)
    assert [seq for seq, _ in admitted] == [0, 1]
    gate.give_back()
    assert admitted[-1] == (2, 2)
    assert gate.drops == 0


def test_more_credits_let_the_waiting_frame_in(admitted):
    gate = latest(admitted)
    for offer in frames(2):
        gate.offer(offer)
    gate.grant(2)
    assert len(admitted) == 2


def test_a_closed_gate_wants_no_more_frames(admitted):
    gate = latest(admitted)
    gate.close()
    assert not gate.offer(frames(1)[0])
    assert admitted == []


def test_a_limit_closes_the_gate_behind_its_last_frame(admitted):
    gate = latest(admitted, 5, limit=2)
    assert [gate.offer(offer) for offer in frames(3)] == [True, True, False]
    assert len(admitted) == 2


def test_a_held_gate_admits_up_to_a_number(admitted):
    gate = latest(admitted, 5)
    gate.hold_after(1)
    for offer in frames(2):
        gate.offer(offer)
    assert len(admitted) == 1
    gate.hold_after(None)
    assert len(admitted) == 2


def test_frames_that_come_while_paused_are_lost_and_not_counted(admitted):
    gate = latest(admitted)
    gate.pause(paused=True)
    for offer in frames(2):
        assert gate.offer(offer)
    gate.pause(paused=False)
    assert admitted == []
    assert gate.drops == 0


def test_a_frame_never_overtakes_the_one_that_waits(admitted):
    room = [False]
    gate = latest(admitted, 5, has_room=lambda: room[0])
    first, second, third = frames(3)
    gate.offer(first)
    gate.offer(second)
    room[0] = True
    gate.offer(third)
    gate.give_back()
    assert admitted == [(0, 0), (1, 2)]
    assert gate.drops == 1


def test_without_room_a_frame_waits_unless_it_is_the_only_one(admitted):
    gate = latest(admitted, 5, has_room=lambda: False)
    for offer in frames(2):
        gate.offer(offer)
    assert len(admitted) == 1
    gate.give_back()
    assert len(admitted) == 2


def test_a_file_waits_for_its_credit_and_loses_nothing(admitted):
    entered = threading.Semaphore(0)
    gate = Gate(Block(), lambda offer, seq: (admitted.append((seq, number(offer))), entered.release()), 1)
    source = threading.Thread(target=lambda: [gate.offer(offer) for offer in frames(20)])
    source.start()
    for _ in range(20):
        assert entered.acquire(timeout=10)
        gate.give_back()
    source.join()
    assert admitted == [(index, index) for index in range(20)]
    assert gate.drops == 0


def test_closing_frees_a_source_that_waits():
    entered = threading.Event()
    gate = Gate(Block(), lambda offer, seq: entered.set(), 1)
    answers = []
    source = threading.Thread(target=lambda: answers.extend(gate.offer(offer) for offer in frames(2)))
    source.start()
    assert entered.wait(10)
    gate.close()
    source.join()
    assert answers == [True, False]
