"""The log of a run is short: equal messages are one line, and old ones go."""

import logging

from runtime.log_ring import LogRing


def test_equal_messages_are_one_line_with_a_count():
    ring = LogRing()

    def log(text, name="dlc"):
        ring.emit(logging.makeLogRecord({"name": name, "msg": text, "levelno": logging.WARNING}))

    for number in range(3):
        log(f"node 'x', frame {number}: no")
        log("other", "dlc.swapped")
    first = ring.after(-1)
    assert [(line.index, line.node, line.text, line.count) for line in first] == [
        (0, "", "node 'x', frame 2: no", 3), (1, "swapped", "other", 3),
    ]  # fmt: skip
    assert ring.after(1) == ()
    log("node 'x', frame 9: no")
    log("new")
    assert [(line.index, line.count) for line in ring.after(1)] == [(0, 4), (2, 1)]


def test_the_log_is_bounded():
    ring = LogRing()
    for number in range(3000):
        ring.emit(logging.makeLogRecord({"name": "dlc", "msg": f"message {number}", "levelno": logging.INFO}))
    lines = ring.after(-1)
    assert len(lines) == 1000
    assert lines[-1].index == 2999
    ring.emit(logging.makeLogRecord({"name": "dlc", "msg": "x" * 99999, "levelno": logging.INFO}))
    assert len(ring.after(2999)[0].text) == 4000
