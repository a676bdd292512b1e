"""What the mesh swapper makes of faces, on the demo clip and on the portraits, with the real networks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.analyse import analyse
from models.landmarks import INNER_LIPS, LEFT_EYE, OVAL, RIGHT_EYE, five_points
from nodes.blend import blend
from nodes.swap import Swap
from runtime.kinds import Frame
from runtime.signature import spec_of
from tests.nodes.conftest_faces import clip, portrait, scene
from tests.nodes.swapping import CONTEXT, NETWORK, STORE, beyond, embedding, inside, source, swapped


def test_its_signature_is_an_ordered_node():
    spec = spec_of(Swap)
    assert spec.ordered
    assert [port.name for port in spec.ports] == ["frame", "faces"]
    assert set(spec.fixed.model_fields) == {"model", "face", "size_px", "map", "others"}
    assert spec.live().model_dump() == {
        "opacity": 1.0, "keep_eyes": None, "keep_mouth": None, "keep_brows": 0.0,
        "eye_colour": 1.0, "keep_detail": 0.0, "settle_ms": 100, "morph": 0.75, "which": "all", "identity_weight": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_the_result_is_nearer_to_the_source_than_to_the_target(swaps, frames, letter):
    """By the embedding of the blended frame, against the portrait and the bare face of the same frame."""
    image = portrait(letter)
    goal = embedding(image, analyse(image, STORE))
    wins = [
        float(new @ goal) > float(new @ embedding(frame.image, faces))
        for frame, faces, _ in frames
        for new in [embedding(blend(frame, swaps[letter](frame, faces)).image, faces)]
    ]
    assert np.mean(wins) >= 0.95


def test_the_features_of_the_result_lie_where_the_target_has_them(swaps, frames):
    """Five points found in the swapped picture, against the truth of the clip: mean below 4 % of the face's width."""
    errors = []
    for frame, faces, row in frames[::3]:
        found = analyse(blend(frame, swaps["b"](frame, faces)).image, STORE)[0]
        width = row["face_box"][2] - row["face_box"][0]
        errors.append(np.linalg.norm(five_points(found.landmarks.points) - row["five"], axis=1).mean() / width)
    assert np.mean(errors) < 0.04


def test_nothing_changes_outside_the_face(swaps, frames):
    for frame, faces, _ in frames[::4]:
        result = blend(frame, swaps["c"](frame, faces)).image
        outside = beyond(frame.image, faces[0])
        assert (result[outside] == frame.image[outside]).all()


def test_it_leaves_no_dark_edge(swaps, frames):
    """At the rim of the face, where patch and frame meet, no pixel falls far below both neighbours of its blur."""
    for letter in "abc":
        frame, faces, _ = frames[0]
        result = blend(frame, swaps[letter](frame, faces)).image
        oval = faces[0].landmarks.points[list(OVAL)]
        rim = inside(frame.image, oval, 0.02) & ~inside(frame.image, oval, -0.12)
        ratio = (result[rim].astype(float) + 8) / (frame.image[rim].astype(float) + 8)
        assert np.percentile(ratio, 1) > 0.6


def test_eyes_and_inner_mouth_are_the_target_s(swaps, frames):
    """Bit for bit in their middle, but for the colour of the eyes; and with the settings at 0 they are the source's."""
    frame, faces, _ = max(frames, key=lambda shot: shot[2]["jaw_open"])
    points = faces[0].landmarks.points
    kept = blend(frame, swaps["a"](frame, faces, eye_colour=0.0)).image
    taken = blend(frame, swaps["a"](frame, faces, keep_eyes=0.0, keep_mouth=0.0)).image
    for group in (LEFT_EYE, RIGHT_EYE, INNER_LIPS):
        middle = inside(frame.image, points[list(group)], -0.5)
        assert middle.sum() > 4
        assert np.abs(kept[middle].astype(int) - frame.image[middle]).mean() < 1.5
        assert np.abs(taken[middle].astype(int) - frame.image[middle]).mean() > 8


@pytest.mark.parametrize("gain", [1.0, 0.25])
@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_the_light_is_the_target_s(swaps, demo, letter, gain):
    """Mean colour of the left and of the right half of the face stay within 12 %, also in a dark picture."""
    image = cv2.convertScaleAbs(demo[0].image, alpha=gain)
    faces = demo[1]
    result = blend(Frame(image), swaps[letter](Frame(image), faces)).image
    points = faces[0].landmarks.points
    face = inside(image, points[list(OVAL)], -0.15)
    x = np.arange(image.shape[1])[None] < points[1, 0]
    for half in (face & x, face & ~x):
        new, old = result[half].mean(0), image[half].mean(0)
        assert np.abs(new / old - 1).max() < 0.12


@pytest.mark.parametrize("target", ["a", "b", "c"])
@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_portraits_as_targets(swaps, letter, target):
    """Each person over each other one is nearer to the source, and keeps the skin tone of the target's neck."""
    if letter == target:
        return
    image, wanted = portrait(target), portrait(letter)
    faces, _, result = swapped(swaps[letter], image)
    new = embedding(result.image, faces)
    assert result.cleared
    assert new @ embedding(wanted, analyse(wanted, STORE)) > new @ embedding(image, faces)
    face = inside(image, faces[0].landmarks.points[list(OVAL)], -0.2)
    assert np.abs(result.image[face].mean(0) / image[face].mean(0) - 1).max() < 0.12


def rolled(image):
    turn = cv2.getRotationMatrix2D((480, 270), 30, 1)
    return cv2.warpAffine(image, turn, (960, 540), borderMode=cv2.BORDER_REPLICATE)


HARD = {
    "two faces": (lambda: scene(("a", 60, 60, 400), ("b", 500, 60, 400)), "c", 2),
    "a face of 60 px": (lambda: scene(("a", 300, 200, 130)), "b", 1),
    "a face that fills the picture": (lambda: portrait("c")[140:620, 190:580], "a", 1),
    "a face cut by the left border": (lambda: portrait("b")[:, 330:], "a", 1),
    "a face cut by the upper border": (lambda: portrait("a")[230:], "b", 1),
    "a head that is rolled by 30 degrees": (lambda: rolled(next(clip(1))), "b", 1),
    "a dark picture": (lambda: cv2.convertScaleAbs(next(clip(1)), alpha=0.25), "a", 1),
    "4:3": (lambda: next(clip(1))[:, 120:840], "b", 1),
    "an upright picture": (lambda: next(clip(1))[:, 330:640], "c", 1),
}


@pytest.mark.parametrize(("make", "letter", "count"), HARD.values(), ids=HARD.keys())
def test_hard_pictures(swaps, make, letter, count):
    """Each face is swapped, changed for the source, and nothing but faces changes."""
    image = np.ascontiguousarray(make())
    faces, patches, result = swapped(swaps[letter], image)
    assert len(faces) == len(patches) == count
    assert result.cleared
    wanted = portrait(letter)
    goal = embedding(wanted, analyse(wanted, STORE))
    before, after = NETWORK(image, faces.items) @ goal, NETWORK(result.image, faces.items) @ goal
    assert (after > before + 0.05).all()
    outside = np.all([beyond(image, face) for face in faces], axis=0)
    assert (result.image[outside] == image[outside]).all()


def test_two_nodes_make_the_same_bytes(swaps, frames):
    other = Swap(CONTEXT, face=source("b"))
    for frame, faces, _ in frames[:4]:
        one, two = swaps["b"](frame, faces)[0], other(frame, faces)[0]
        assert (one.image == two.image).all()
        assert all((one.masks[name] == two.masks[name]).all() for name in one.masks)


def test_brows_of_the_target_can_be_kept(swaps, demo):
    taken, kept = swaps["b"](*demo)[0], swaps["b"](*demo, keep_brows=1.0)[0]
    points = taken.landmarks.points[[105, 334], :2].round().astype(int)
    for x, y in points:
        assert taken.masks["features"][y, x] == 255
        assert kept.masks["features"][y, x] < 64


def test_shut_eyes_are_not_coloured(swaps):
    """In the clip's blink the result is the same as without the source's eye colour."""
    image = list(clip(76))[75]
    faces = analyse(image, STORE)
    coloured, plain = (blend(Frame(image), swaps["a"](Frame(image), faces, eye_colour=share)).image for share in (1, 0))
    assert (coloured == plain).all()
