"""What lies in front of a face stays there; a face with nothing in front is left whole. On the demo clip."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.session import ModelStore
from nodes.blend import blend
from nodes.cover import ENOUGH
from nodes.detect import Detect
from nodes.mask import Mask
from nodes.swap import Swap
from runtime.kinds import Frame, Patches
from tests.clips.hands import CENTRE, hand
from tests.nodes.conftest_faces import ASSETS, clip, context_with

STORE = ModelStore()
CONTEXT = context_with(STORE)
FRAMES = 75


class Shot(NamedTuple):
    frame: Frame
    patches: Patches
    front: np.ndarray


def cup(image, index):
    """A blue cup that rises to the mouth and stays."""
    front = np.zeros(image.shape[:2], np.uint8)
    top = 540 - 10 * min(max(index - 15, 0), 26)
    cv2.rectangle(front, (500, top), (610, top + 280), 255, -1)
    return front, np.full_like(image, (150, 90, 40))


def palm(image, index):
    """A skin-coloured hand that comes in from the left over a cheek, stays, and leaves."""
    way = min(max(index - 20, 0), 20) - min(max(index - 55, 0), 20)
    scale = 0.62
    matrix = np.array([[scale, 0, 160 + 16 * way - scale * CENTRE[0]], [0, scale, 330 - scale * CENTRE[1]]])
    drawn = cv2.warpAffine(hand(), matrix, image.shape[1::-1])
    return drawn[..., 3], drawn[..., :3]


def nothing(image, _index):
    return np.zeros(image.shape[:2], np.uint8), image


@cache
def film(thing):
    """The clip's first frames with something in front of them."""
    detect, swap = Detect(CONTEXT), Swap(CONTEXT, face=str(ASSETS / "source_b.jpg"))
    shots = []
    for index, image in enumerate(clip(FRAMES)):
        front, colour = thing(image, index)
        share = cv2.GaussianBlur(front, (0, 0), 1.0)[..., None] / 255
        mixed = (image * (1 - share) + colour * share).astype(np.uint8)
        frame = Frame(mixed, seq=index, time=index / 30)
        shots.append(Shot(frame, swap(frame, detect(frame)), front))
    return shots


def altered(shots, change):
    """The same faces, with the target's pixels changed by a function of pixels and frame number."""
    for shot in shots:
        items = tuple(
            replace(
                patch, target=np.clip(change(patch.target.astype(np.float32), shot.frame.seq), 0, 255).astype(np.uint8)
            )
            for patch in shot.patches
            if patch.target is not None
        )
        yield shot._replace(patches=replace(shot.patches, items=items))


def shares(shots, node=None):
    """Returns for each frame how much of what is in front is masked, and how much of the rest is, [N, 2]; and covers."""
    node = node or Mask(CONTEXT)
    rows, covers = [], []
    for shot in shots:
        for patch in node(shot.frame, shot.patches):
            if "occlusion" not in patch.masks:
                continue
            face = patch.masks["shape"].astype(float) / 255
            gone = 1 - patch.masks["occlusion"].astype(float) / 255
            front = cv2.warpAffine(shot.front, patch.to_patch, face.shape[::-1]) / 255
            hidden, free = (face * front).sum(), (face * (1 - front)).sum()
            rows.append(
                ((gone * face * front).sum() / max(hidden, 1), (gone * face * (1 - front)).sum() / max(free, 1))
            )
            covers.append(hidden / face.sum())
    return np.array(rows), np.array(covers)


def test_a_face_with_nothing_in_front_is_left_whole():
    rows, _ = shares(film(nothing))
    assert len(rows) == FRAMES
    assert rows[:, 1].max() < 0.01


def test_a_cup_stays_in_front_of_the_face():
    rows, covers = shares(film(cup))
    there = covers > 0.08
    assert there.sum() > 10
    assert np.median(rows[there, 0]) > 0.8
    assert rows[:, 1].max() < 0.08


def test_a_hand_of_much_the_same_colour_stays_in_front_too():
    rows, covers = shares(film(palm))
    there = (covers > 0.08) & (covers < 0.4)
    assert there.sum() > 8  # enough frames to judge by; how many there are depends on the outline of the swap
    assert np.mean(rows[there, 0]) > 0.5
    assert np.mean(rows[:, 1]) < 0.06


def test_the_mask_goes_when_the_hand_has_gone():
    rows, _ = shares(film(palm)[:60] + list(film(nothing)[60:]))
    assert rows[-5:, 1].max() < 0.05


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels, seq: pixels * (0.6 if seq > 30 else 1),
        lambda pixels, seq: pixels * (1 + 0.12 * np.sin(seq / 5)),
        lambda pixels, seq: pixels * (np.array([0.85, 1, 1.1]) if seq > 30 else 1),
        lambda pixels, seq: pixels * (1 + 0.3 * np.sin(seq / 12) * np.linspace(-1, 1, 256)[None, :, None]),
        lambda pixels, seq: pixels * (0.6 + 0.4 / (1 + np.exp((6 * (seq - 30) - np.arange(256)) / 20)))[None, :, None],
        lambda pixels, seq: pixels + np.random.default_rng(seq).normal(0, 10, pixels.shape),
    ],
    ids=[
        "dimmed at once",
        "flickering",
        "another colour of light",
        "a light that swings round",
        "a soft shadow",
        "noise",
    ],
)
def test_light_and_noise_are_nothing_in_front(change):
    rows, _ = shares(altered(film(nothing), change))
    assert rows[:, 1].max() < 0.05
    assert rows[:, 1].mean() < 0.005


def test_two_runs_give_the_same_masks():
    first, second = [Mask(CONTEXT) for _ in range(2)]
    for shot in film(cup)[::2]:
        masks = [node(shot.frame, shot.patches)[0].masks["occlusion"] for node in (first, second)]
        assert (masks[0] == masks[1]).all()


def test_a_face_that_is_the_same_keeps_its_mask():
    """After the mask has settled, which takes a few frames."""
    node = Mask(CONTEXT)
    shots = film(cup)[:50]
    for shot in shots:
        node(shot.frame, shot.patches)
    last = shots[-1]
    still = replace(last.patches[0], face=replace(last.patches[0].face, same_as=last.frame.seq))
    later = [replace(last.frame, seq=last.frame.seq + k, time=last.frame.time + k / 30) for k in range(1, 20)]
    masks = [node(frame, Patches((still,)))[0].masks["occlusion"] for frame in later]
    assert masks[-1] is masks[-2]
    assert masks[-1].min() == 0


def test_a_new_track_begins_with_what_it_sees():
    """A face under another number is new: what is in front of it is not known to be."""
    node = Mask(CONTEXT)
    for shot in film(cup)[:50]:
        known = node(shot.frame, shot.patches)[0].masks["occlusion"]
    other = replace(shot.patches[0], face=replace(shot.patches[0].face, track=99))
    assert known.min() == 0
    assert node(shot.frame, Patches((other,)))[0].masks["occlusion"].min() == 255


def test_a_clip_that_starts_again_begins_anew():
    node = Mask(CONTEXT)
    once, again = ([node(s.frame, s.patches)[0].masks["occlusion"] for s in film(cup)[:50]] for _ in range(2))
    assert all((first == second).all() for first, second in zip(once, again, strict=True))


def test_faces_that_nobody_tracks_get_no_mask():
    shot = film(nothing)[0]
    patch = replace(shot.patches[0], face=replace(shot.patches[0].face, track=-1))
    assert "occlusion" not in Mask(CONTEXT)(shot.frame, Patches((patch,)))[0].masks


def test_what_stays_in_front_becomes_part_of_the_face():
    """Glasses that were put on: after two minutes nothing is masked any more."""
    node = Mask(CONTEXT)
    for shot in film(cup)[:50]:
        node(shot.frame, shot.patches)
    for second in range(1, 120):
        frame = replace(shot.frame, seq=shot.frame.seq + second, time=shot.frame.time + second)
        mask = node(frame, shot.patches)[0].masks["occlusion"]
    assert mask.min() == 255


@pytest.mark.parametrize("mouth", [0.0, 1.0])
def test_a_face_that_is_covered_all_over_is_drawn_over_and_stays_cleared(mouth):
    """Nobody can tell that from a change of light; and behind it may be the bare face."""
    node = Mask(CONTEXT)
    for shot in film(nothing)[:30]:
        node(shot.frame, shot.patches, mouth=mouth)
    green = replace(shot.patches[0], target=np.full_like(shot.patches[0].target, (40, 160, 20)))
    for k in range(1, 10):
        frame = replace(shot.frame, seq=shot.frame.seq + k, time=shot.frame.time + k / 30)
        masked = node(frame, Patches((green,)), mouth=mouth)
        assert blend(frame, masked).cleared
        assert masked[0].masks["occlusion"].min() == 255
    assert node.counters() == {"occluded": 0, "given up": 9}


@settings(max_examples=25, deadline=None)
@given(
    boxes=st.lists(st.tuples(*[st.integers(0, 255)] * 4), min_size=1, max_size=12), mouth=st.sampled_from([0.0, 1.0])
)
def test_whatever_lies_in_front_enough_of_the_face_is_left(boxes, mouth):
    node = Mask(CONTEXT)
    shots = film(nothing)[:3] + film(nothing)[3 : 3 + len(boxes)]
    for k, shot in enumerate(shots):
        target = shot.patches[0].target.copy()
        if k >= 3:
            x0, y0, x1, y1 = boxes[k - 3]
            target[min(y0, y1) : max(y0, y1), min(x0, x1) : max(x0, x1)] = (200, 30, 30)
        masked = node(shot.frame, Patches((replace(shot.patches[0], target=target),)), mouth=mouth)
        masks = {name: mask.astype(float) / 255 for name, mask in masked[0].masks.items()}
        left = np.prod(list(masks.values()), axis=0).sum() / masks["shape"].sum()
        assert left > ENOUGH
        assert blend(shot.frame, masked).cleared


def test_somebody_who_comes_in_over_the_border_is_left_whole():
    """What of a face was outside of the picture at first is seen for the first time later, and is no thing in front."""
    detect, swap, node = Detect(CONTEXT), Swap(CONTEXT, face=str(ASSETS / "source_b.jpg")), Mask(CONTEXT)
    rows = []
    for index, image in enumerate(clip(60)):
        cut = 520 - min(8 * max(index - 10, 0), 240)  # px left of this are not in the picture
        frame = Frame(np.ascontiguousarray(image[:, cut:]), seq=index, time=index / 30)
        rows.extend(
            shares([Shot(frame, swap(frame, detect(frame)), np.zeros(frame.image.shape[:2], np.uint8))], node)[0]
        )
    assert len(rows) > 30
    assert np.array(rows)[:, 1].max() < 0.03
