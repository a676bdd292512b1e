"""The mask node's contract and its mouth mask."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from models.analyse import analyse
from models.face_masks import PARTS
from models.landmarks import INNER_LIPS
from models.mesh_points import OUTER_LIPS
from models.session import ModelStore
from nodes.blend import blend
from nodes.mask import Mask
from nodes.swap import Swap
from runtime.kinds import Face, Frame, Landmarks, Patch, Patches, PatchStatus
from runtime.signature import spec_of
from tests.nodes.conftest_faces import ASSETS, clip, context_with

STORE = ModelStore()
CONTEXT = context_with(STORE)
SIDE = 256


@pytest.fixture(scope="module")
def shot():
    """A frame of the demo clip with an open mouth, and its patches."""
    image = list(clip(60))[50]
    frame = Frame(image, seq=0)
    return frame, Swap(CONTEXT, face=str(ASSETS / "source_b.jpg"))(frame, analyse(image, STORE))


def patch_with(landmarks):
    face = Face(np.array([0, 0, 99, 99], np.float32), np.zeros((5, 2), np.float32), 1.0, track=1)
    grey = np.full((SIDE, SIDE, 3), 90, np.uint8)
    shape = np.full((SIDE, SIDE), 255, np.uint8)
    return Patch(face, PatchStatus.SWAPPED, grey, grey.copy(), "t", np.eye(2, 3), landmarks, {"shape": shape})


def mouth_of(patches):
    return patches[0].masks["mouth"]


def test_its_signature_is_an_ordered_node():
    spec = spec_of(Mask)
    assert spec.ordered
    assert [port.name for port in spec.ports] == ["frame", "patches"]
    assert spec.live().model_dump() == {"mouth": 0.0, "every": 1, "parts": PARTS}


def test_without_anything_to_do_patches_pass_as_they_are(shot):
    frame, patches = shot
    assert all(new is old for new, old in zip(Mask(CONTEXT, occlusion=None)(frame, patches), patches, strict=True))


def test_faces_that_were_not_swapped_pass_as_they_are(shot):
    frame, patches = shot
    others = Patches(tuple(Patch(patches[0].face, status) for status in (PatchStatus.FAILED, PatchStatus.LEFT_ALONE)))
    masked = Mask(CONTEXT)(frame, replace(others, detected=False), mouth=1.0)
    assert masked.items == others.items
    assert not masked.detected


def test_the_mouth_mask_keeps_lips_and_teeth_of_the_target(shot):
    """All of the lips is the target's; the nose and the chin are the source's."""
    frame, patches = shot
    masked = Mask(CONTEXT)(frame, patches, mouth=1.0)
    points = patches[0].landmarks.points[:, :2].round().astype(int)
    at = {name: mouth_of(masked)[points[rows, 1], points[rows, 0]] for name, rows in (
        ("inner", list(INNER_LIPS)), ("outer", list(OUTER_LIPS)), ("away", [1, 4, 152, 199, 50, 280]),
    )}  # fmt: skip
    assert at["inner"].max() < 40
    assert at["outer"].max() < 150
    assert at["away"].min() == 255
    result, bare = blend(frame, masked).image, frame.image
    middle = patches[0].face.landmarks.points[[13, 14], :2].mean(0).round().astype(int)
    assert np.abs(result[middle[1], middle[0]].astype(int) - bare[middle[1], middle[0]]).max() <= 3


def test_half_a_mouth_mask_is_half_as_strong(shot):
    frame, patches = shot
    whole, half = (mouth_of(Mask(CONTEXT)(frame, patches, mouth=amount)) for amount in (1.0, 0.5))
    assert np.abs((255 - whole.astype(int)) / 2 - (255 - half.astype(int))).max() <= 3


def test_its_edge_is_feathered(shot):
    frame, patches = shot
    mask = mouth_of(Mask(CONTEXT)(frame, patches, mouth=1.0)).astype(int)
    assert max(np.abs(np.diff(mask, axis=axis)).max() for axis in (0, 1)) < 60


@pytest.mark.parametrize(("scheme", "count", "lips"), [("ibug68", 68, range(48, 60)), ("dense106", 106, range(52, 64))])
def test_other_schemes_with_lips_have_mouths_too(scheme, count, lips):
    points = np.full((count, 2), 20, np.float32)
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    points[list(lips)] = np.stack([128 + 40 * np.cos(turn), 180 + 20 * np.sin(turn)], 1)
    patches = Patches((patch_with(Landmarks(scheme, points)),))
    mask = mouth_of(Mask(CONTEXT, occlusion=None)(Frame(np.zeros((9, 9, 3), np.uint8)), patches, mouth=1.0))
    assert mask[180, 128] == 0
    assert mask[100, 128] == 255


@pytest.mark.parametrize("landmarks", [None, Landmarks("five", np.zeros((5, 2), np.float32))])
def test_faces_without_lips_have_none_and_it_is_said_once(landmarks, caplog):
    node, patches = Mask(CONTEXT), Patches((patch_with(landmarks),) * 2)
    with caplog.at_level(logging.WARNING, "dlc"):
        for seq in range(3):
            masked = node(Frame(np.zeros((9, 9, 3), np.uint8), seq=seq), patches, mouth=1.0)
    assert all(set(patch.masks) == {"shape"} for patch in masked)
    have = "five landmarks" if landmarks else "no landmarks"
    assert [record.getMessage() for record in caplog.records] == [
        f"a mouth mask is left out of faces with {have}; it takes mesh468 or ibug68 or dense106",
        f"occlusion is left out of faces with {have}; it takes mesh468",
    ]
