"""What `swap` carries from frame to frame: pixels of a face that stayed the same, and light that settles."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nodes.swap import Swap
from runtime.kinds import Faces, Landmarks, PatchStatus
from tests.nodes.swapping import CONTEXT, source


def tracked(face, same_as=None, track=1):
    return Faces((replace(face, track=track, same_as=same_as),))


def at(frame, seq):
    return replace(frame, seq=seq)


def test_a_face_that_stayed_the_same_gets_the_same_pixels_at_its_new_place(demo):
    swap, (frame, faces) = Swap(CONTEXT, face=source("a")), demo
    first = swap(at(frame, 0), tracked(faces[0]))[0]
    moved = replace(faces[0], landmarks=Landmarks("mesh468", faces[0].landmarks.points + np.float32([4, 0, 0])))
    second = swap(at(frame, 1), tracked(moved, same_as=0), opacity=0.5)[0]
    assert second.image is first.image
    assert second.opacity == 0.5
    assert second.face.same_as == 0
    assert np.allclose(second.landmarks.points, first.landmarks.points, atol=1e-2)
    assert not np.allclose(second.to_patch, first.to_patch)
    assert swap(at(frame, 2), tracked(faces[0], same_as=1))[0].image is first.image
    assert swap.counters() == {"swaps": 1, "reuses": 2}


@pytest.mark.parametrize(
    ("faces_of", "settings"),
    [
        (tracked, {}),
        (lambda face: tracked(face, same_as=5), {}),
        (lambda face: tracked(face, same_as=0, track=2), {}),
        (lambda face: tracked(face, same_as=0), {"keep_brows": 0.5}),
    ],
    ids=["not the same", "a frame that is not held", "another track", "other settings"],
)
def test_what_does_not_fit_is_swapped_anew(demo, faces_of, settings):
    swap, (frame, faces) = Swap(CONTEXT, face=source("a")), demo
    swap(at(frame, 0), tracked(faces[0]))
    swap(at(frame, 1), faces_of(faces[0]), **settings)
    assert swap.counters() == {"swaps": 2, "reuses": 0}


def test_the_store_is_bounded_and_keeps_what_is_used(demo):
    swap, (frame, faces) = Swap(CONTEXT, face=source("a"), size_px=128), demo
    swap(at(frame, 0), tracked(faces[0]))
    for seq in range(1, 60):
        assert swap(at(frame, seq), tracked(faces[0], same_as=0))[0].status is PatchStatus.SWAPPED
    assert swap.counters() == {"swaps": 1, "reuses": 59}
    for seq in range(60, 80):
        swap(at(frame, seq), tracked(faces[0]))
    swap(at(frame, 80), tracked(faces[0], same_as=0))
    assert swap.counters() == {"swaps": 22, "reuses": 59}


def as_track(faces, track=1):
    return Faces((replace(faces[0], track=track),))


def levels(swap, frames, faces):
    """Mean levels of the swapped skin of a face over frames."""
    return [float(swap(frame, faces)[0].image[100:160, 100:160].mean()) for frame in frames]


def flicker(frame, count=8):
    """The same frame, every other one darker, 30 a second."""
    dark = cv2.convertScaleAbs(frame.image, alpha=0.9)
    return [replace(frame, image=dark if i % 2 else frame.image, seq=-1, time=i / 30) for i in range(count)]


def test_light_that_flickers_is_smoothed_and_a_steady_change_arrives(demo):
    """Time constant 100 ms by default; 0 takes each frame's own light."""
    frame, faces = demo[0], as_track(demo[1])
    shots = flicker(frame)
    smooth = np.ptp(levels(Swap(CONTEXT, face=source("a")), shots, faces)[2:])
    raw_swap = Swap(CONTEXT, face=source("a"))
    raw = np.ptp([float(raw_swap(shot, faces, settle_ms=0)[0].image[100:160, 100:160].mean()) for shot in shots])
    assert smooth < 0.5 * raw
    dark = [replace(shots[1], time=i / 30) for i in range(1, 30)]
    late = levels(Swap(CONTEXT, face=source("a")), [shots[0], *dark], faces)
    alone = levels(Swap(CONTEXT, face=source("a")), dark[:1], faces)[0]
    assert abs(late[-1] - alone) < 0.5
    assert abs(late[1] - alone) > 2


@pytest.mark.parametrize("gain", [0.5, 1.3])
def test_a_lamp_that_is_switched_is_followed_in_the_same_frame(demo, gain):
    frame, faces = demo[0], as_track(demo[1])
    lit = np.clip(frame.image * gain, 0, 255).astype(np.uint8)
    shots = [replace(frame, image=image, time=n / 30) for n, image in enumerate([frame.image] * 5 + [lit] * 3)]
    settled = levels(Swap(CONTEXT, face=source("b")), shots, faces)[5:]
    assert settled == pytest.approx(levels(Swap(CONTEXT, face=source("b")), shots[5:], faces), rel=0.02)


@pytest.mark.parametrize(
    ("track", "time"), [(2, 1 / 30), (1, 5.0), (1, -1.0)], ids=["new track", "gap", "clip restarts"]
)
def test_a_new_face_does_not_take_over_another_s_light(demo, track, time):
    frame, faces = demo[0], as_track(demo[1])
    dark = replace(frame, image=cv2.convertScaleAbs(frame.image, alpha=0.5), time=time)
    swap = Swap(CONTEXT, face=source("a"))
    swap(replace(frame, time=0.0), faces)
    after = swap(dark, as_track(demo[1], track))[0]
    assert (after.image == Swap(CONTEXT, face=source("a"))(dark, faces)[0].image).all()


def test_a_run_over_frames_is_repeated_exactly(frames):
    shots = [(replace(frame, time=i / 30), as_track(faces)) for i, (frame, faces, _) in enumerate(frames[:5])]
    one, two = (Swap(CONTEXT, face=source("b")) for _ in range(2))
    for frame, faces in shots:
        assert (one(frame, faces)[0].image == two(frame, faces)[0].image).all()
