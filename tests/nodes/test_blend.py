"""Blending: what lies under the masks changes as they say, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.align import inverse, transform
from nodes.blend import blend
from runtime.kinds import Face, Frame, Patch, Patches, PatchStatus
from runtime.signature import spec_of

SIDE = 32
RED, GREEN = (0, 0, 200), (0, 220, 0)


def placed(x, y, scale=1.0, degrees=0.0):
    """The transform to a patch whose middle lies at (x, y), `scale` frame px for each patch px, turned."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    middle = np.full(2, (SIDE - 1) / 2)
    return inverse(np.column_stack([turn, np.array([x, y]) - turn @ middle]))


def patch(to_patch, color=RED, mask=None, side=SIDE, size=40.0, opacity=1.0, **masks):
    image = np.full((side, side, 3), color, np.uint8)
    masks = masks or {"shape": np.full((side, side), 255, np.uint8) if mask is None else mask}
    middle = transform(np.full((1, 2), (side - 1) / 2), inverse(np.asarray(to_patch, np.float64)))[0]
    box = np.concatenate([middle - size / 2, middle + size / 2]).astype(np.float32)
    face = Face(box, np.zeros((5, 2), np.float32), 1.0)
    return Patch(
        face,
        PatchStatus.SWAPPED,
        image,
        image.copy(),
        "test",
        np.asarray(to_patch, np.float64),
        masks=masks,
        opacity=opacity,
    )


def failed():
    return Patch(patch(placed(0, 0)).face, PatchStatus.FAILED)


def noise(width=120, height=90, seed=1):
    return Frame(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8), seq=7, time=1.5)


def reach(to_patch, frame, side=SIDE):
    """True at the frame's pixels that lie in the patch or less than one of its pixels beside it."""
    x, y = np.meshgrid(np.arange(frame.width), np.arange(frame.height))
    spots = transform(np.stack([x.ravel(), y.ravel()], -1).astype(float), np.asarray(to_patch))
    inside = ((spots > -1.1) & (spots < side + 0.1)).all(-1)
    return inside.reshape(frame.height, frame.width)


def test_its_signature_is_a_node():
    spec = spec_of(blend)
    assert (spec.name, [port.name for port in spec.ports], spec.stateless) == ("blend", ["frame", "patches"], True)
    assert spec.live().model_dump() == {"mode": "feather", "opacity": 1.0, "color": "none", "sharpen": 0.0}


def test_a_frame_without_faces_is_handed_on_uncopied_and_cleared():
    frame = noise()
    result = blend(frame, Patches())
    assert result.image is frame.image
    assert result.cleared
    assert (result.seq, result.time) == (7, 1.5)


@pytest.mark.parametrize(
    ("patches", "cleared"),
    [
        (Patches((), detected=False), False),
        (Patches((failed(),)), False),
        (Patches((patch(placed(60, 45)), failed())), False),
        (Patches((patch(placed(60, 45)),)), True),
        (Patches((patch(placed(60, 45)),), detected=False), False),
        (Patches((Patch(failed().face, PatchStatus.LEFT_ALONE),)), True),
    ],
)
def test_a_frame_is_cleared_when_no_face_is_left_bare(patches, cleared):
    assert blend(noise(), patches).cleared is cleared


@pytest.mark.parametrize(("by_node", "by_patch"), [(0.0, 1.0), (0.7, 1.0), (1.0, 0.0), (0.8, 0.8)])
def test_a_swap_that_can_hardly_be_seen_clears_nothing(by_node, by_patch):
    assert not blend(noise(), Patches((patch(placed(60, 45), opacity=by_patch),)), opacity=by_node).cleared


@pytest.mark.parametrize("place", [(500, 45), (np.nan, 45), (1e9, 1e9)])
def test_a_patch_beside_its_face_clears_nothing(place):
    astray = patch(placed(60, 45))
    box = np.array([*place, *place], np.float32) + np.array([-20, -20, 20, 20], np.float32)
    astray = replace(astray, face=replace(astray.face, box=box))
    assert not blend(noise(), Patches((astray,))).cleared


def test_a_full_mask_shows_the_patch_and_leaves_the_input_alone():
    frame = noise()
    before = frame.image.copy()
    result = blend(frame, Patches((patch(placed(60, 45)),))).image
    assert (result[35:56, 50:71] == RED).all()
    assert (frame.image == before).all()


def test_masks_multiply_with_each_other_and_with_both_opacities():
    frame = Frame(np.zeros((90, 120, 3), np.uint8))
    half = np.full((SIDE, SIDE), 128, np.uint8)
    one = patch(placed(60, 45), (200, 200, 200), opacity=0.5, shape=half, occlusion=half)
    result = blend(frame, Patches((one,)), opacity=0.8).image
    assert int(result[45, 60, 0]) == pytest.approx(200 * 0.25 * 0.4, abs=2)


def test_where_a_mask_is_zero_the_frame_stays_bit_for_bit():
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    mask[8:24, 8:24] = 0
    frame = noise()
    result = blend(frame, Patches((patch(placed(60, 45), mask=mask),))).image
    assert (result[39:52, 54:67] == frame.image[39:52, 54:67]).all()


@pytest.mark.parametrize("scale", [0.15, 0.4, 1.0, 3.0])
def test_edges_do_not_darken(scale):
    """A patch of the frame's own colour leaves no trace, at its edge or elsewhere."""
    grey = np.full((90, 120, 3), 180, np.uint8)
    ramp = np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1])
    mask = np.minimum(np.minimum.outer(ramp, ramp) * 40, 255).astype(np.uint8)
    for shape in (mask, np.full((SIDE, SIDE), 255, np.uint8)):
        result = blend(Frame(grey), Patches((patch(placed(60.3, 44.7, scale, 20), (180, 180, 180), shape),))).image
        assert np.abs(result.astype(int) - 180).max() <= 2


def test_of_two_faces_that_overlap_the_larger_is_whole():
    far = patch(placed(60, 45), RED, size=20)
    near = patch(placed(66, 45), GREEN, size=50)
    for order in ((far, near), (near, far)):
        result = blend(noise(), Patches(order)).image
        assert tuple(result[45, 56]) == GREEN
        assert tuple(result[45, 47]) == RED


def test_a_patch_much_larger_than_its_face_is_averaged():
    """Stripes of one pixel become grey instead of a pattern that jumps from frame to frame."""
    stripes = patch(placed(60, 45, 0.25))
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[:, ::2] = 200
    striped = Patch(
        stripes.face, PatchStatus.SWAPPED, image, image, "test", stripes.to_patch, masks=dict(stripes.masks)
    )
    result = blend(noise(), Patches((striped,))).image
    assert np.abs(result[43:48, 58:63].astype(int) - 100).max() <= 2


def test_it_lands_where_the_transform_says():
    """The centre of mass of a dot lies within a tenth of a pixel of its place."""
    dot = np.zeros((SIDE, SIDE), np.uint8)
    dot[20:23, 9:12] = 255
    to_patch = placed(61.4, 44.2, 2.5, -33)
    result = blend(Frame(np.zeros((90, 120, 3), np.uint8)), Patches((patch(to_patch, (255, 255, 255), dot),))).image
    weight = result[..., 0].astype(float)
    y, x = (float((weight * axis).sum() / weight.sum()) for axis in np.indices(weight.shape))
    assert np.abs(transform(np.array([[10.0, 21.0]]), inverse(to_patch))[0] - (x, y)).max() < 0.1


@settings(max_examples=150, deadline=None)
@given(
    x=st.floats(-400, 500), y=st.floats(-400, 500), scale=st.floats(0.02, 40), degrees=st.floats(-180, 180),
    seed=st.integers(0, 9),
)  # fmt: skip
def test_outside_the_patch_every_pixel_stays_wherever_it_lies(x, y, scale, degrees, seed):
    frame = noise(seed=seed)
    to_patch = placed(x, y, scale, degrees)
    result = blend(frame, Patches((patch(to_patch),)))
    allowed = reach(to_patch, frame)
    if scale < 0.51:  # a layer that was shrunk reaches one of its larger pixels further
        allowed = reach(to_patch * scale * 0.5, frame, SIDE * scale * 0.5 + 1) | allowed
    assert (result.image[~allowed] == frame.image[~allowed]).all()
    assert result.image.shape == frame.image.shape


@settings(max_examples=60, deadline=None)
@given(x=st.floats(0, 119), y=st.floats(0, 89), scale=st.floats(0.5, 4), degrees=st.floats(-180, 180))
def test_no_pixel_leaves_the_range_between_old_and_new(x, y, scale, degrees):
    frame = Frame(np.full((90, 120, 3), 60, np.uint8))
    mask = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE), np.uint8)
    result = blend(frame, Patches((patch(placed(x, y, scale, degrees), (200, 200, 200), mask),))).image
    assert result.min() >= 58
    assert result.max() <= 201


def test_the_smallest_frames_and_patches_are_no_special_case():
    frame = Frame(np.zeros((1, 1, 3), np.uint8))
    assert (blend(frame, Patches((patch(placed(0, 0)),))).image == RED).all()
    assert not blend(noise(), Patches((patch(placed(60, 45), mask=np.zeros((SIDE, SIDE), np.uint8)),))).cleared
