"""Links and hosts: reads go on while commands are carried out, and whatever breaks off, all who wait are told."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from runtime.conversation import MOST_COMMANDS
from runtime.host import MOST_LINKS, Host
from runtime.link import End, Onlooker, WireLink
from runtime.view import GraphView, LinkClosed, LogLine, Refused, StateView
from runtime.wire import Wire, greet

WAIT_S = 20


@pytest.fixture
def pairs():
    """Returns so many pairs of connected sockets, which are closed in the end."""
    made = []

    def make(count):
        made.extend(socket.socketpair() for _ in range(count))
        return made[-count:]

    yield make
    for end in (end for pair in made for end in pair):
        end.close()


class Desk:
    """Answers with fixed views; commands wait for `work`, and `begun` tells that one of them does."""

    def __init__(self):
        self.asked = []
        self.begun, self.work = threading.Event(), threading.Event()
        self.work.set()

    def graph(self):
        return GraphView("mine")

    def now(self):
        return StateView("paused", presented=3)

    def log(self, after):
        return (LogLine(after + 1, 1.0, "info", "", "hello"),)

    def do(self, name, **arguments):
        self.begun.set()
        assert self.work.wait(WAIT_S)
        self.asked.append((name, arguments))
        if name == "refuse":
            raise Refused("no", "ask again")
        if name == "break":
            raise ZeroDivisionError("oh")
        return "done"


@contextmanager
def hosted(token=""):
    desk = Desk()
    host = Host(desk)
    mine, theirs = socket.socketpair()
    thread = host.serve(Wire(theirs), token)
    wire = Wire(mine)
    try:
        yield desk, host, wire, thread
    finally:
        wire.close()
        host.close()


@contextmanager
def asking(count=1):
    """Commands that are under way: their desk, the link that asked, and what they are answered."""
    with hosted() as (desk, host, wire, _), ThreadPoolExecutor(count) as pool:
        greet(wire)
        link = WireLink(wire)
        desk.work.clear()
        commands = []
        try:
            for number in range(count):
                commands.append(pool.submit(link.do, "reload", number=number))
                assert desk.begun.wait(WAIT_S)
            yield desk, host, link, commands
        finally:
            desk.work.set()


def test_everything_that_may_be_asked_comes_through():
    with hosted() as (desk, host, wire, _):
        greet(wire)
        link = WireLink(wire)
        assert link.graph() == GraphView("mine")
        assert link.now() == StateView("paused", presented=3)
        assert link.log(4) == (LogLine(5, 1.0, "info", "", "hello"),)
        assert link.do("set", setting="a.b", value="1") == "done"
        assert desk.asked == [("set", {"setting": "a.b", "value": "1"})]
        with pytest.raises(Refused) as refused:
            link.do("refuse")
        assert (refused.value.message, refused.value.help) == ("no", "ask again")
        with pytest.raises(Refused, match="ZeroDivisionError: oh"):
            link.do("break")
        host.has_ended(End(3, "table"))
        assert link.end() == End(3, "table")


@pytest.mark.parametrize(
    "question",
    [{"ask": "fly"}, {"ask": "log"}, {"ask": "do", "name": 3}, {}, {"ask": "do", "name": "x", "arguments": []}],
)
def test_a_question_that_nobody_knows_is_refused_and_the_link_goes_on(question):
    with hosted() as (_, _, wire, _):
        greet(wire)
        wire.send(question)
        assert "does not know what is asked" in wire.receive()["refused"]["message"]
        assert WireLink(wire).now().presented == 3


def test_reads_are_answered_while_a_command_is_carried_out():
    with asking() as (desk, _, link, (command,)):
        assert link.now().presented == 3
        assert link.graph().name == "mine"
        assert desk.asked == []
        desk.work.set()
        assert command.result(WAIT_S) == "done"


def test_commands_of_a_connection_are_carried_out_in_order():
    with hosted() as (desk, _, wire, _):
        greet(wire)
        desk.work.clear()
        for number in range(5):
            wire.send({"id": number, "ask": "do", "name": "set", "arguments": {"number": number}})
        wire.send({"id": 5, "ask": "now"})
        assert wire.receive()["id"] == 5
        desk.work.set()
        assert [wire.receive() for _ in range(5)] == [{"id": number, "done": "done"} for number in range(5)]
        assert [arguments["number"] for _, arguments in desk.asked] == [*range(5)]


def test_more_commands_than_may_wait_are_refused():
    with hosted() as (desk, _, wire, _):
        greet(wire)
        desk.work.clear()
        command = {"ask": "do", "name": "step", "arguments": {}}
        wire.send(command)
        assert desk.begun.wait(WAIT_S)
        for _ in range(MOST_COMMANDS + 1):
            wire.send(command)
        assert "too many commands" in wire.receive()["refused"]["message"]
        desk.work.set()
        assert [wire.receive() for _ in range(MOST_COMMANDS + 1)] == [{"done": "done"}] * (MOST_COMMANDS + 1)


def test_all_who_wait_are_told_when_the_other_side_is_gone():
    with asking(2) as (desk, host, link, commands):
        closing = threading.Thread(target=host.close)
        closing.start()
        for command in commands:
            assert isinstance(command.exception(WAIT_S), LinkClosed)
        with pytest.raises(LinkClosed):
            link.now()
        desk.work.set()
        closing.join(WAIT_S)
        assert not closing.is_alive()


def test_all_who_wait_are_told_when_the_link_is_closed():
    with asking(2) as (_, _, link, commands):
        link.close()
        assert all(isinstance(command.exception(WAIT_S), LinkClosed) for command in commands)


def test_a_command_whose_asker_is_gone_holds_its_connections_place_until_it_is_done(pairs):
    with asking() as (desk, host, link, _):
        link.close()
        taken = [host.serve(Wire(theirs)) for _, theirs in pairs(MOST_LINKS)]
        assert [thread is not None for thread in taken] == [True] * (MOST_LINKS - 1) + [False]
        assert desk.asked == []


def test_an_answer_that_comes_too_late_is_passed_over():
    with hosted() as (_, host, wire, _):
        greet(wire)
        link = WireLink(wire)
        with pytest.raises(LinkClosed, match="does not answer"):
            link.end(0)
        host.has_ended(End(3))
        assert link.now().presented == 3


def test_a_farewell_is_told_to_all_who_ask(pairs):
    ((mine, theirs),) = pairs(1)
    link = WireLink(Wire(mine))
    Wire(theirs).send({"bye": End(2, "", "error: no").to_json()})
    for _ in range(2):
        with pytest.raises(LinkClosed, match="error: no") as closed:
            link.now()
        assert closed.value.exit_code == 2
    link.close()


@pytest.mark.parametrize("answer", [{}, {"now": 3}, {"id": [], "now": 3}, {"id": 1, "now": {"nodes": 1}}])
def test_an_answer_that_nobody_asked_for_ends_the_link(pairs, answer):
    ((mine, theirs),) = pairs(1)
    link = WireLink(Wire(mine))
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(link.now)
        Wire(theirs).receive()
        Wire(theirs).send(answer)
        with pytest.raises(LinkClosed, match="answers what nobody asked"):
            asked.result(WAIT_S)
    link.close()


def test_a_link_that_breaks_off_leaves_the_host_serving_others():
    with hosted() as (_, host, wire, thread):
        wire._connection.sendall(b"\x00\x00")
        wire.close()
        thread.join(WAIT_S)
        assert not thread.is_alive()
        mine, theirs = socket.socketpair()
        host.serve(Wire(theirs))
        again = Wire(mine)
        greet(again)
        assert WireLink(again).now().presented == 3
        again.close()


def test_there_are_no_more_links_than_a_host_has_room_for(pairs):
    with hosted() as (_, host, _, _):
        taken = [host.serve(Wire(theirs)) for _, theirs in pairs(MOST_LINKS)]
        assert [thread is not None for thread in taken] == [True] * (MOST_LINKS - 1) + [False]
        host.close()


def test_the_end_of_a_host_ends_its_links():
    with hosted() as (_, host, wire, thread):
        greet(wire)
        host.close()
        assert not thread.is_alive()
        with pytest.raises(LinkClosed):
            WireLink(wire).now()


def test_for_an_onlooker_to_stop_is_to_hang_up():
    desk = Desk()
    link = Onlooker(desk)
    assert (link.graph().name, link.now().presented, link.log(1)[0].index) == ("mine", 3, 2)
    assert link.do("pause") == "done"
    with pytest.raises(LinkClosed) as closed:
        link.do("stop", now=False)
    assert closed.value.exit_code == 0
    assert desk.asked == [("pause", {})]
