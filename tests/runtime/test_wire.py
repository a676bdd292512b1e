"""The protocol under faults: whatever the other side does, this one is told and goes on."""

import json
import socket
import struct
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.view import LinkClosed
from runtime.wire import MAX_BYTES, PROTOCOL, Wire, greet, welcome

WAIT_S = 20


OPEN = []


@pytest.fixture(autouse=True)
def closed():
    yield
    while OPEN:
        OPEN.pop().close()


def pair(stall_s=WAIT_S):
    one, other = socket.socketpair()
    OPEN.extend((one, other))
    return Wire(one, stall_s), other


def test_messages_arrive_whole_and_in_order():
    wire, other = pair()
    peer = Wire(other)
    for number in range(3):
        wire.send({"number": number, "text": "ä\udc80" * number})
    assert [peer.receive()["number"] for _ in range(3)] == [0, 1, 2]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_json_can_say_comes_through(value):
    wire, other = pair()
    wire.send({"value": value})
    assert Wire(other).receive()["value"] == value
    wire.close()
    other.close()


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"", "has ended the connection$"),
        (b"\x00\x00", "in the middle of a message"),
        (struct.pack(">I", 10) + b"{}", "in the middle of a message"),
        (struct.pack(">I", MAX_BYTES + 1), "announces a message of 4194305 bytes"),
        (b"GET / HTTP/1.1\r\n\r\n", "it speaks another language"),
        (struct.pack(">I", 3) + b"\xff\xfe{", "what is no message"),
        (struct.pack(">I", 2) + b"[]", r"what is no message: \[\]"),
        (struct.pack(">I", 100_000) + b"[" * 100_000, "what is no message"),
    ],
)
def test_what_is_no_message_ends_the_link(sent, message):
    wire, other = pair()
    other.sendall(sent)
    other.close()
    with pytest.raises(LinkClosed, match=message):
        wire.receive()
    wire.close()


@settings(max_examples=50)
@given(st.binary(max_size=64))
def test_garbage_never_does_anything_but_end_the_link(garbage):
    wire, other = pair()
    other.sendall(garbage)
    other.close()
    try:
        assert isinstance(wire.receive(), dict)
    except LinkClosed:
        pass
    finally:
        wire.close()


def test_a_peer_that_stands_still_within_a_message_counts_as_gone():
    wire, other = pair(stall_s=0.01)
    other.sendall(b"\x00\x00\x00")
    with pytest.raises(LinkClosed, match="does not answer"):
        wire.receive()
    wire.close()
    other.close()


def test_a_peer_that_does_not_read_holds_nobody_up():
    wire, other = pair(stall_s=0.01)
    with pytest.raises(LinkClosed, match="does not read"):
        wire.send({"much": "x" * (MAX_BYTES - 100)})
    wire.close()
    other.close()


def test_a_message_longer_than_a_link_takes_is_not_sent():
    wire, other = pair()
    with pytest.raises(LinkClosed, match="longer than a link takes"):
        wire.send({"much": "x" * MAX_BYTES})
    wire.close()
    other.close()


def test_closing_wakes_whoever_waits():
    wire, other = pair()
    told = []

    def wait():
        try:
            wire.receive()
        except LinkClosed as error:
            told.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    wire.close()
    thread.join(WAIT_S)
    assert told
    other.close()


@pytest.mark.parametrize(
    ("hello", "message"),
    [
        ({"hello": PROTOCOL, "token": "guess"}, "the token is wrong"),
        ({"hello": PROTOCOL + 1, "token": "secret", "dlc": "9.9"}, "speaks protocol 2, and dlc 9.9 3"),
        ({"token": "secret"}, "None"),
    ],
)
def test_who_does_not_know_the_token_or_the_protocol_is_turned_away(hello, message):
    wire, other = pair()
    peer = Wire(other)
    peer.send(hello)
    with pytest.raises(LinkClosed, match=message):
        welcome(wire, "secret")
    assert message in peer.receive()["refused"]
    wire.close()
    peer.close()


def test_an_engine_of_another_protocol_is_named():
    wire, other = pair()
    peer = Wire(other)
    peer.send({"hello": 7})
    with pytest.raises(LinkClosed, match="it speaks protocol 7, and this is 2"):
        greet(wire)
    wire.close()
    peer.close()


def test_a_message_is_length_and_json():
    """So that other programs can speak it (docs/control.md)."""
    wire, other = pair()
    wire.send({"ask": "now"})
    data = other.recv(100)
    assert struct.unpack(">I", data[:4]) == (len(data) - 4,)
    assert json.loads(data[4:]) == {"ask": "now"}
    wire.close()
    other.close()
