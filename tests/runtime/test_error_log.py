"""Errors of nodes in the log: the first at once, then few lines, and none is lost from the counts."""

import logging

import pytest

from runtime import Frame, node
from runtime.clock import SECOND
from runtime.log_ring import LogRing
from runtime.testing import GraphRun, ManualClock, numbered_pictures

GRAPH = (
    "mode: file\nnodes:\n  a: {type: listed}\n  b: {type: TYPE, in: a, on_error: repeat}\n  c: {type: collect, in: b}\n"
)


@node
def every_other(frame: Frame) -> Frame:
    """Fails at odd frames, each time with other words."""
    if frame.seq % 2:
        raise ValueError(f"odd {frame.seq}")
    return frame


@pytest.fixture
def told(caplog):
    """Runs so many frames, then lets seconds pass, and so on; returns the warnings, and the count of errors."""

    def play(*frames, seconds=6):
        clock = ManualClock()
        with GraphRun(GRAPH.replace("TYPE", "every_other"), [every_other], clock=clock) as run:
            admitted = 0
            for count in frames:
                for picture in numbered_pictures(admitted + count)[admitted:]:
                    run.push(picture)
                admitted += count
                assert run.engine.gate.wait_admitted(admitted, 20)
                clock.advance(seconds * SECOND)
            run.end_stream()
            result = run.wait()
        warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        return warnings, result.snapshot.nodes["b"].errors

    return play


def test_a_node_that_fails_all_the_time_is_told_at_once_and_then_in_one_line_for_many(told):
    lines, errors = told(40, 40)
    assert errors == 40
    assert [line.partition(" (test_")[0] for line in lines[:2]] == [
        "node 'b', frame 1: ValueError: odd 1", "node 'b', frame 41: ValueError: odd 41",
    ]  # fmt: skip
    assert lines[1].endswith("(and 19 more before it)")
    assert lines[2:] == ["node 'b': errors since the last line about it: 19"]


def test_an_error_now_and_then_has_a_line_of_its_own(told):
    lines, errors = told(2, 2, 2)
    assert errors == len(lines) == 3
    assert not any("more" in line for line in lines)


def test_who_debugs_sees_every_error(told, caplog):
    with caplog.at_level(logging.DEBUG, "dlc"):
        told(20)
    assert sum("ValueError: odd" in message for message in caplog.messages) == 10


def test_a_dashboard_counts_lines_about_many_errors_in_one():
    ring = LogRing()
    for text in ("node 'b', frame 1: no", "node 'b', frame 41: no (and 19 more before it)"):
        ring.handle(logging.LogRecord("dlc", logging.WARNING, "", 0, text, (), None))
    (line,) = ring.after(-1)
    assert (line.count, line.text) == (2, "node 'b', frame 41: no (and 19 more before it)")
