"""The guard: whatever happens upstream, no frame that leaves it shows a bare face."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.guard import Guard
from runtime.kinds import Faces
from runtime.signature import spec_of
from tests.nodes.guarding import (
    BAD,
    BARE,
    BLIND,
    EMPTY,
    GOOD,
    LOST,
    NONE,
    SEEN,
    SWAPPED,
    Desk,
    composite,
    face,
    look,
    raw_at,
)


def test_its_signature_is_an_ordered_node_with_two_tolerant_ports():
    spec = spec_of(Guard)
    assert spec.ordered
    assert [(port.name, port.tolerant) for port in spec.ports] == [
        ("frame", True), ("faces", True), ("raw", False), ("patches", True)
    ]  # fmt: skip
    assert [port.name for port in spec.ports if port.optional] == ["patches"]
    assert spec.live().model_dump() == {"hold_ms": 500, "forget_ms": 2000, "blur_cells": 8}


TABLE = {
    "a cleared composite passes": [(0.0, GOOD, SEEN, SWAPPED)],
    "at the start an uncleared frame is blurred about the face": [(0.0, BAD, SEEN, "region")],
    "at the start nobody found is no proof that nobody is there": [(0.0, BARE, NONE, "whole"), (0.1, BARE, NONE, "whole")],
    "at the start with nothing at all the whole picture is blurred": [(0.0, None, None, "whole")],
    "an empty room is clear after forget_ms": [
        (0.0, BARE, NONE, "whole"), (1.0, BARE, NONE, "whole"), (1.9, BARE, NONE, "whole"), (2.1, GOOD, NONE, EMPTY),
    ],
    "a miss holds the last good composite, then blurs": [
        (0.0, GOOD, SEEN, SWAPPED), (0.3, BAD, LOST, SWAPPED), (0.5, BAD, LOST, SWAPPED), (0.6, BAD, LOST, "region"),
    ],
    "a face found again is passed at once": [
        (0.0, GOOD, SEEN, SWAPPED), (0.6, BAD, LOST, "region"), (0.7, GOOD, SEEN, SWAPPED), (1.1, BAD, LOST, SWAPPED),
    ],
    "a seen face that could not be swapped is held, then blurred for as long as it takes": [
        (0.0, GOOD, SEEN, SWAPPED), (0.4, BAD, SEEN, SWAPPED), (1.0, BAD, SEEN, "region"), (2.0, BAD, SEEN, "region"),
        (3.0, BAD, SEEN, "region"), (9.0, BAD, SEEN, "region"),
    ],
    "a lost face is forgotten after forget_ms, although the composite never was cleared": [
        (0.0, GOOD, SEEN, SWAPPED), (1.0, BAD, Faces((face(1.0),)), "whole"), (1.9, BAD, Faces((face(1.9),)), "whole"),
        (2.1, BAD, Faces((face(2.1),)), SWAPPED),
    ],
    "at the start a face lost long ago is no proof that nobody is there": [
        (0.0, BAD, Faces((face(2.5),)), "whole"), (1.0, BAD, Faces((face(3.5),)), "whole"), (2.1, BAD, Faces((face(4.6),)), SWAPPED),
    ],
    "a glimpse starts the count anew": [
        (0.0, GOOD, SEEN, SWAPPED), (1.0, BAD, Faces((face(1.0),)), "whole"), (1.5, BAD, Faces((face(0.001),)), "region"),
        (2.3, BAD, Faces((face(0.8),)), "whole"), (3.0, BAD, Faces((face(1.5),)), "whole"),
    ],
    "a composite that calls itself cleared is not believed when the face has just vanished": [
        (0.0, GOOD, SEEN, SWAPPED), (0.2, BARE, NONE, SWAPPED), (0.6, BARE, NONE, "whole"), (1.9, BARE, NONE, "whole"),
        (2.6, GOOD, NONE, EMPTY),
    ],
    "a failed detector holds, then blurs everything, however long it takes": [
        (0.0, GOOD, SEEN, SWAPPED), (0.4, BARE, BLIND, SWAPPED), (0.6, BARE, BLIND, "whole"), (5.0, BARE, BLIND, "whole"),
    ],
    "time without a working detector does not count towards forgetting": [
        (0.0, GOOD, SEEN, SWAPPED), (1.0, BARE, BLIND, "whole"), (2.0, BARE, BLIND, "whole"), (3.0, BARE, BLIND, "whole"),
        (3.1, BAD, Faces((face(3.1),)), "whole"), (3.2, BARE, NONE, "whole"),
    ],
    "a missing composite holds, then blurs everything": [
        (0.0, GOOD, SEEN, SWAPPED), (0.4, None, SEEN, SWAPPED), (0.6, None, SEEN, "whole"), (5.0, None, SEEN, "whole"),
    ],
    "a missing composite shows the camera once everybody is gone": [
        (0.0, None, NONE, "whole"), (0.7, None, NONE, "whole"), (1.4, None, NONE, "whole"), (2.1, None, NONE, "bare"),
    ],
    "missing faces count as a failed detector": [(0.0, GOOD, SEEN, SWAPPED), (0.6, BARE, None, "whole")],
    "a stall of the camera is no evidence": [
        (0.0, GOOD, SEEN, SWAPPED), (60.0, BARE, NONE, "whole"), (60.1, BARE, NONE, "whole"), (61.0, GOOD, NONE, EMPTY),
    ],
    "time that jumps backwards starts from nothing": [
        (5.0, GOOD, SEEN, SWAPPED), (1.0, BARE, NONE, "whole"), (1.1, BAD, SEEN, "region"), (1.2, GOOD, SEEN, SWAPPED),
    ],
    "whoever comes in is not hidden by a picture that may show them": [
        (0.0, GOOD, NONE, "whole"), (1.0, GOOD, NONE, "whole"), (2.1, GOOD, NONE, EMPTY), (2.2, BAD, SEEN, "region"),
    ],
    "a picture in which a newcomer may stand bare is not held": [
        (0.0, GOOD, SEEN, SWAPPED), (0.1, BAD, Faces((face(), face(track=7, box=(0, 0, 30, 40)))), "region"),
    ],
    "a frame with the same time is another frame": [(1.0, GOOD, SEEN, SWAPPED), (1.0, BARE, NONE, SWAPPED), (1.0, BAD, LOST, SWAPPED)],
    "a face under a new number at the same place is the one that was lost": [
        (0.0, GOOD, SEEN, SWAPPED), (0.1, GOOD, Faces((face(track=2, box=(133, 92, 174, 142)),)), SWAPPED),
    ],
    "a face that the tracker no longer lists is not let go for another one": [
        (0.0, GOOD, SEEN, SWAPPED), (0.1, GOOD, Faces((face(track=2, box=(0, 0, 30, 40)),)), "region"),
        (1.1, GOOD, Faces((face(track=2, box=(0, 0, 30, 40)),)), "whole"),
        (2.1, GOOD, Faces((face(track=2, box=(0, 0, 30, 40)),)), SWAPPED),
    ],
    "nor for one that was there before and now covers it": [
        (0.0, GOOD, Faces((face(), face(track=2, box=(0, 0, 40, 50)))), SWAPPED),
        (0.6, GOOD, Faces((face(track=2),)), "whole"), (2.1, GOOD, Faces((face(track=2),)), SWAPPED),
    ],
    "without track numbers one face is not taken for two": [
        (0.0, GOOD, Faces((face(track=-1), face(track=-1, box=(134, 90, 174, 140)))), SWAPPED),
        (0.6, GOOD, Faces((face(track=-1),)), "whole"),
    ],
    "without track numbers a face at another place is a newcomer": [
        (0.0, GOOD, Faces((face(track=-1),)), SWAPPED),
        (0.1, BAD, Faces((face(track=-1), face(track=-1, box=(0, 0, 30, 40)))), "region"),
    ],
    "without track numbers a face that is missing beside another one is not let go": [
        (0.0, GOOD, Faces((face(track=-1), face(track=-1, box=(0, 0, 30, 40)))), SWAPPED),
        (0.6, BARE, Faces((face(track=-1, box=(0, 0, 30, 40)),)), "whole"),
    ],
    "a face outside the picture hides everything, whatever the composite calls itself": [
        (0.0, BARE, Faces((face(box=(5000, 0, 5040, 50)),)), "whole"),
    ],
    "a face whose box is inside out hides everything": [(0.0, BAD, Faces((face(box=(170, 140, 130, 90)),)), "whole")],
    "a face of no age is a lost one": [
        (0.0, GOOD, SEEN, SWAPPED), (0.6, BARE, Faces((face(np.nan),)), "region"), (1.2, BARE, Faces((face(np.nan),)), "region"),
    ],
    "after the detector has failed for a while a lost face may be anywhere": [
        (0.0, GOOD, SEEN, SWAPPED), (0.5, BARE, BLIND, SWAPPED), (1.5, BAD, BLIND, "whole"), (1.6, BAD, Faces((face(1.6),)), "whole"),
    ],
    "a face at an impossible place hides everything": [(0.0, BAD, Faces((face(box=(np.nan, 0, 1, 1)),)), "whole")],
}  # fmt: skip


@pytest.mark.parametrize("steps", TABLE.values(), ids=TABLE.keys())
def test_what_comes_out(steps):
    desk = Desk()
    assert [desk.step(time, frame, faces) for time, frame, faces, _ in steps] == [step[3] for step in steps]


def test_the_times_are_settings():
    desk = Desk(hold_ms=0, forget_ms=300)
    assert desk.step(0.0, GOOD, SEEN) == SWAPPED
    assert desk.step(0.1, BAD, LOST) == "region"
    assert desk.step(0.2, BARE, NONE) == "region"
    assert desk.step(0.4, GOOD, NONE) == EMPTY


def test_another_size_is_never_filled_with_a_held_frame():
    desk = Desk()
    assert desk.step(0.0, GOOD, SEEN) == SWAPPED
    assert desk.step(0.1, None, LOST, shape=(480, 640)) == "whole"
    assert desk.step(0.2, BAD, LOST, shape=(480, 640)) == "whole"


def test_it_counts_what_it_did():
    desk = Desk()
    for time, frame, faces in [
        (0.0, BAD, SEEN),
        (0.1, GOOD, SEEN),
        (0.2, BAD, SEEN),
        (0.3, None, SEEN),
        (9.0, None, SEEN),
    ]:
        desk.step(time, frame, faces)
    assert desk.guard.counters() == {"passed": 1, "held": 2, "blurred": 2}


EVENTS = st.lists(
    st.tuples(
        st.floats(0, 0.6),
        st.sampled_from([None, False]),
        st.sampled_from([None, BLIND, NONE, SEEN, LOST, Faces((face(3.0),)), Faces((face(0.001, track=4),))]),
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_while_a_bare_face_is_seen_again_and_again_it_never_gets_out(events):
    """No composite is ever cleared; the face is seen at least every 1.8 s. Then the pattern must never come out whole."""
    guard, time, since = Guard(), 0.0, 0.0
    for step, cleared, faces in events:
        time, since = time + step, since + step
        if since > 1.2:
            faces = SEEN  # noqa: PLW2901
        since = 0.0 if faces is SEEN else since
        raw = raw_at(time)
        frame = None if cleared is None else raw.with_image(raw.image, cleared=cleared)
        result = guard(frame, faces, raw)
        assert result.cleared
        assert look(result.image) != "bare"


def test_an_old_composite_that_upstream_repeats_takes_the_new_number():
    raw = raw_at(3.0)
    old = replace(composite(raw_at(2.0), cleared=True), seq=1)
    result = Guard()(old, SEEN, raw)
    assert (result.seq, result.time, look(result.image)) == (raw.seq, 3.0, SWAPPED)
