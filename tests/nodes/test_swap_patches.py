"""The patches of `swap`: how large they are, where they lie, and faces for which there is none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest

from models.align import transform
from models.crop import cut
from nodes.blend import blend
from nodes.swap import Swap
from nodes.swap.aligned import cut_smoothly
from nodes.swap.following import side_for
from runtime.kinds import Face, Faces, Frame, Landmarks, Patches, PatchStatus
from tests.nodes.conftest_faces import scene
from tests.nodes.swapping import CONTEXT, source, swapped


def test_patches_come_in_the_order_of_the_faces_and_know_their_place(swaps):
    image = scene(("a", 60, 60, 400), ("b", 500, 60, 400))
    faces, patches, _ = swapped(swaps["c"], image)
    for face, patch in zip(faces, patches, strict=True):
        assert patch.face is face
        assert (patch.source, patch.template) == ("source_c", "mesh_face")
        side = len(patch.image)
        assert patch.image.shape == patch.target.shape == (side, side, 3)
        assert not patch.image.flags.writeable
        spots = transform(face.landmarks.points[:, :2], patch.to_patch)
        assert np.abs(spots - patch.landmarks.points[:, :2]).max() < 1e-3
        assert spots.min() > 0
        assert spots.max() < side - 1
        straight = cv2.warpAffine(image, patch.to_patch, (side, side), flags=cv2.INTER_AREA)
        inner = np.s_[side // 8 : -side // 8, side // 8 : -side // 8]
        assert np.abs(straight.astype(int) - patch.target)[inner].mean() < 2.5
        for name, mask in patch.masks.items():
            assert (mask.shape, mask.dtype) == ((side, side), np.uint8), name
        edge = np.ones((side, side), bool)
        edge[2:-2, 2:-2] = False
        assert not patch.masks["shape"][edge].any()


def larger(frame, faces, scale):
    """The same picture and faces, so much larger."""
    image = cv2.resize(frame.image, None, fx=scale, fy=scale)
    face = faces[0]
    points = face.landmarks.points * np.float32(scale)
    return Frame(image), Faces((replace(face, box=face.box * scale, landmarks=Landmarks("mesh468", points)),))


@pytest.mark.parametrize(("scale", "side"), [(0.4, 128), (0.8, 224), (1.0, 256), (1.6, 384), (3.0, 384)])
def test_patches_are_as_large_as_the_face_needs(swaps, demo, scale, side):
    frame, faces = larger(*demo, scale)
    patch = swaps["a"](frame, faces)[0]
    assert patch.image.shape == (side, side, 3)
    assert blend(frame, Patches((patch,))).cleared


@pytest.mark.parametrize("size_px", [128, 256, 512])
def test_the_largest_side_of_patches_is_a_setting(demo, size_px):
    patch = Swap(CONTEXT, face=source("a"), size_px=size_px)(*larger(*demo, 3.0))[0]
    assert patch.image.shape == (size_px, size_px, 3)


def test_a_face_that_grows_and_shrinks_changes_its_side_once_each_way():
    """Sizes that go to and fro about a step stay on one side of it."""
    grown, last = [], 0
    for span in [*range(250, 420, 2), *range(420, 250, -2)]:
        last = side_for(span + (span // 2) % 3 * 8, last, (128, 192, 256, 320, 384))
        grown.append(last)
    assert [b - a for a, b in pairwise(grown) if a != b] == [64, -64]


def spoiled(face, change):
    points = face.landmarks.points.copy()
    change(points)
    return replace(face, landmarks=Landmarks("mesh468", points))


def put(value):
    return lambda points: points.__setitem__((5, 0), value)


UNUSABLE = {
    "lost": lambda face: replace(face, age=0.1),
    "without landmarks": lambda face: replace(face, landmarks=None),
    "not a number": lambda face: spoiled(face, put(np.nan)),
    "infinite": lambda face: spoiled(face, put(np.inf)),
    "too far away for any picture": lambda face: spoiled(face, lambda points: points.__imul__(1e20)),
    "all in one spot": lambda face: spoiled(face, lambda points: points.fill(7)),
    "on one line": lambda face: spoiled(face, lambda points: points[:, 1].fill(7)),
}


@pytest.mark.parametrize("change", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_face_that_cannot_be_swapped_fails_and_the_others_do_not(swaps, demo, change):
    frame, faces = demo
    patches = swaps["a"](frame, Faces((change(faces[0]), faces[0])))
    assert [patch.status for patch in patches] == [PatchStatus.FAILED, PatchStatus.SWAPPED]
    assert patches[0].image is patches[0].to_patch is None
    assert not blend(frame, patches).cleared


def test_it_hands_on_whether_the_detector_worked(swaps, demo):
    assert not swaps["a"](demo[0], Faces((), detected=False)).detected
    assert swaps["a"](demo[0], Faces()) == Patches()


def test_no_points_make_it_raise(demo):
    """Whatever a landmarker says: a patch that is swapped or failed, with finite pixels."""
    swap, random = Swap(CONTEXT, face=source("a")), np.random.default_rng(0)
    frame, faces = demo
    for scale in (1e-3, 1, 10, 300, 5000, 1e5, 1e7):
        for _ in range(4):
            points = random.normal(200, scale, (468, 3)).astype(np.float32)
            face = replace(faces[0], landmarks=Landmarks("mesh468", points))
            assert swap(frame, Faces((face,)))[0].status in (PatchStatus.SWAPPED, PatchStatus.FAILED)


def test_a_face_beyond_the_frame_does_no_harm(swaps, demo):
    frame, faces = demo
    for shift in (-3000, 3000):
        moved = Face(
            faces[0].box, faces[0].points, 0.9,
            landmarks=Landmarks("mesh468", faces[0].landmarks.points + np.float32([shift, shift, 0])),
        )  # fmt: skip
        result = blend(frame, swaps["a"](frame, Faces((moved,))))
        assert (result.image == frame.image).all()


@pytest.mark.parametrize("shift", [(0, 0), (-400, 0), (400, -150), (0, 420)])
def test_a_patch_that_lies_on_the_frame_s_pixels_is_what_warping_gives(demo, shift):
    """Also where it reaches beyond the frame, whose border is repeated there."""
    image = demo[0].image
    to_patch = np.array([[1.0, 0, -200 - shift[0]], [0, 1.0, -100 - shift[1]]])
    assert (cut_smoothly(image, to_patch, 256)[..., :3] == cut(image, to_patch, 256)[..., :3]).all()
