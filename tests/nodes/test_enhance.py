"""The enhance node, on twins that turn red negative: what is restored, where it lands, and what stays."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.analyse import analyse
from models.enhancers import RESTORERS
from models.session import ModelStore
from nodes.blend import blend
from nodes.enhance import Enhance
from nodes.swap import Swap
from runtime.errors import ModelError
from runtime.kinds import Faces, Frame, Patch, Patches, PatchStatus
from tests.models.twins import loaded, restorer
from tests.nodes.conftest_faces import ASSETS, With, context_with, scene

STORE = ModelStore()


@pytest.fixture(scope="module")
def swapped():
    """A picture of two people, and the patches of their swap."""
    image = scene(("a", 20, 20, 500), ("b", 620, 200, 300))
    frame = Frame(image, seq=0)
    return frame, Swap(context_with(STORE), face=str(ASSETS / "source_c.jpg"))(frame, analyse(image, STORE))


def enhance(model):
    kind = RESTORERS[model]
    return Enhance(
        context_with(With(STORE, model, loaded(restorer(kind.size_px, weighted=kind.weighted)))), model=model
    )


def inner(patch):
    """Pixels of the frame in the middle of a face's mask."""
    to_frame = cv2.invertAffineTransform(patch.to_patch)
    mask = np.where(patch.masks["shape"] == 255, patch.masks["features"], 0)
    return cv2.warpAffine(mask, to_frame, (960, 540)) == 255


@pytest.mark.parametrize("model", RESTORERS)
def test_the_restored_face_lands_on_the_swapped_one(swapped, model):
    frame, patches = swapped
    plain = blend(frame, patches).image.astype(int)
    result = enhance(model)(frame, patches, amount=1.0, likeness=1.0)
    restored = blend(frame, result)
    assert restored.cleared
    for patch, wide in zip(patches, result, strict=True):
        inside = inner(patch) & inner(wide)
        assert inside.sum() > 4000
        found = restored.image[inside].astype(int)
        assert np.abs(found[:, 2] - (255 - plain[inside][:, 2])).mean() < 3
        assert np.abs(found[:, :2] - plain[inside][:, :2]).mean() < 2
        assert wide.template == RESTORERS[model].template
        assert len(wide.image) == RESTORERS[model].size_px


@pytest.mark.parametrize("model", ["gpen_bfr_256", "gpen_bfr_512"])
def test_what_no_mask_covers_stays_bit_for_bit(swapped, model):
    frame, patches = swapped
    restored = blend(frame, enhance(model)(frame, patches, amount=1.0)).image
    covered = sum(
        cv2.warpAffine(patch.masks["shape"], cv2.invertAffineTransform(patch.to_patch), (960, 540)) for patch in patches
    )
    beside = cv2.dilate((covered > 0).astype(np.uint8), np.ones((9, 9))) == 0
    np.testing.assert_array_equal(restored[beside], frame.image[beside])


def test_the_amount_mixes(swapped):
    frame, patches = swapped
    node = enhance("gfpgan_1.4")
    assert node(frame, patches, amount=0.0) is patches
    reds = [node(frame, patches, amount=amount)[0].image[256, 256, 2] for amount in (0.01, 0.5, 1.0)]
    assert int(reds[1]) == pytest.approx((int(reds[0]) + int(reds[2])) / 2, abs=2)


def test_landmarks_move_along(swapped):
    frame, patches = swapped
    patch = enhance("gfpgan_1.4")(frame, patches)[0]
    there = patch.to_patch[:, :2] @ patch.face.landmarks.points[:, :2].T + patch.to_patch[:, 2:]
    np.testing.assert_allclose(patch.landmarks.points[:, :2], there.T, atol=1e-2)


def test_faces_that_are_not_swapped_keep_their_patch_and_their_place(swapped):
    frame, patches = swapped
    bare = Patch(patches[0].face, PatchStatus.LEFT_ALONE)
    failed = Patch(patches[0].face, PatchStatus.FAILED)
    mixed = enhance("gfpgan_1.4")(frame, replace(patches, items=(bare, patches[1], failed)))
    assert mixed[0] is bare
    assert mixed[1].template == "ffhq_512"
    assert mixed[2] is failed


def test_a_face_that_was_blurred_to_be_hidden_is_not_restored(swapped):
    frame, patches = swapped
    faces = Faces(tuple(patch.face for patch in patches))
    picture = str(ASSETS / "source_c.jpg")
    hidden = Swap(context_with(STORE), face=picture, map={"ben": picture}, others="blur")(frame, faces)
    assert [patch.status for patch in hidden] == [PatchStatus.SWAPPED] * 2
    assert enhance("gfpgan_1.4")(frame, hidden).items == hidden.items


def test_no_faces_are_no_work(swapped):
    assert len(enhance("gfpgan_1.4")(swapped[0], Patches())) == 0


def test_a_file_of_another_kind_is_told_at_start():
    with pytest.raises(ModelError, match="takes no weight"):
        Enhance(context_with(With(STORE, "gfpgan_1.4", loaded(restorer(512, weighted=True)))), model="gfpgan_1.4")
