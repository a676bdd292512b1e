"""How patches join the frame: Poisson, multiband, colours and sharpness, on patches whose answer is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.align import inverse, similarity
from nodes.blend import blend
from runtime.kinds import Face, Frame, Patch, Patches, PatchStatus

SIDE = 128
FAST = ("poisson", "multiband")


def disc(radius=0.36, blur=3.0, side=SIDE):
    mask = np.zeros((side, side), np.uint8)
    cv2.circle(mask, (side // 2, side // 2), round(radius * side), 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (0, 0), blur) if blur else mask


def textured(seed=0, level=120, contrast=14.0, side=SIDE):
    """A picture of fine and coarse detail about a level."""
    random = np.random.default_rng(seed)
    detail = sum(
        cv2.resize(
            random.normal(0, contrast, (cells, cells, 3)).astype(np.float32),
            (side, side),
            interpolation=cv2.INTER_CUBIC,
        )
        for cells in (8, 32)
    )
    return np.clip(detail + level, 0, 255).astype(np.uint8)


def one(image, target, to_patch=None, **masks):
    """A patch that lies in a frame pixel by pixel, 20 px from its corner, unless told otherwise."""
    face = Face(np.array([20, 20, 148, 148], np.float32), np.zeros((5, 2), np.float32), 1.0)
    at = np.array([[1, 0, -20], [0, 1, -20]], float) if to_patch is None else to_patch
    return Patch(face, PatchStatus.SWAPPED, image.copy(), target.copy(), "test", at, masks=masks or {"shape": disc()})


def frame_of(target, margin=20):
    return Frame(cv2.copyMakeBorder(target, *[margin] * 4, cv2.BORDER_REFLECT_101))


def blended(image, target, frame=None, **options):
    """Returns the patch's part of the frame after blending."""
    masks = {name: options.pop(name) for name in ("shape", "features", "occlusion") if name in options}
    result = blend(frame or frame_of(target), Patches((one(image, target, **masks),)), **options)
    return result.image[20 : 20 + SIDE, 20 : 20 + SIDE]


def slopes(picture):
    grey = picture.astype(np.float32).mean(-1)
    return np.diff(grey, axis=0)[:, :-1], np.diff(grey, axis=1)[:-1]


def exact_membrane(values, border, inside):
    """Solves the Laplace equation inside, with values given on the border, densely: [N, N, 3]."""
    spots = np.argwhere(inside)
    number = {tuple(spot): k for k, spot in enumerate(spots)}
    matrix, right = np.zeros((len(spots), len(spots))), np.zeros((len(spots), 3))
    for (y, x), k in number.items():
        for spot in ((y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)):
            matrix[k, k] += 1
            if spot in number:
                matrix[k, number[spot]] -= 1
            else:
                assert border[spot]
                right[k] += values[spot]
    field = np.zeros((*inside.shape, 3))
    field[inside] = np.linalg.solve(matrix, right)
    return field


def test_poisson_keeps_the_gradients_of_the_new_face():
    """A new face 60 levels too dark: inside its slopes are those of its own picture, at the feathered rim too no step."""
    target, image = textured(1, 170), textured(2, 110)
    result = blended(image, target, mode="poisson")
    core = disc(0.3, 0)[:-1, :-1] > 0
    for new, own in zip(slopes(result), slopes(image), strict=True):
        assert np.abs(new - own)[core].mean() < 1.0
        assert np.corrcoef(new[core], own[core])[0, 1] > 0.9


def test_poisson_meets_the_colour_of_the_border():
    """The mean of the new face becomes the target's; mixed by its mask it stays as it was."""
    target, image = textured(1, 170), textured(2, 110)
    core = disc(0.3, 0) > 0
    assert abs(float(blended(image, target, mode="poisson")[core].mean()) - 170) < 6
    assert abs(float(blended(image, target)[core].mean()) - 110) < 6


def test_poisson_equals_the_exact_solution_within_a_few_levels():
    """Against a dense solution of the Laplace equation on a quarter of the grid, with a border that changes all around."""
    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE
    target = np.dstack([90 + 80 * x, 200 - 90 * y, 120 + 60 * np.sin(6 * x) * y]).astype(np.uint8)
    image = np.full_like(target, 100)
    mask = disc(0.36, 2.0)
    result = blended(image, target, mode="poisson", shape=mask).astype(float)
    small = cv2.resize(target.astype(float) - 100, (32, 32), interpolation=cv2.INTER_AREA)
    inside = cv2.resize(mask, (32, 32), interpolation=cv2.INTER_AREA) > 127
    exact = cv2.resize(100 + exact_membrane(small, ~inside, inside), (SIDE, SIDE))
    core = disc(0.28, 0) > 0
    assert np.abs(result - exact)[core].mean() < 2.5
    assert np.abs(result - exact)[core].max() < 9


def test_poisson_ignores_what_lies_in_front_of_the_border():
    """A blue hand over a third of the outline does not dye the face."""
    clean = np.full((SIDE, SIDE, 3), 150, np.uint8)
    target, front = clean.copy(), np.full((SIDE, SIDE), 255, np.uint8)
    target[:, 84:], front[:, 80:] = (255, 40, 20), 0
    result = blended(np.full_like(target, 110), target, mode="poisson", shape=disc(), occlusion=front)
    seen = (disc(0.3, 0) > 0) & (front > 0)
    assert np.abs(result[seen].astype(int) - 150).max() <= 4
    assert (result[:, 84:] == target[:, 84:]).all()


def test_a_poisson_blend_does_not_jump_with_its_mask():
    """One pixel more or less of mask changes a face by no more than a level or so; nothing is centred anew."""
    target, image = textured(1, 170), textured(2, 110)
    first, second = (
        blended(image, target, mode="poisson", shape=mask).astype(int) for mask in (disc(), np.roll(disc(), 1, axis=1))
    )
    core = disc(0.28, 0) > 0
    assert np.abs(first - second)[core].mean() < 1.5


def test_a_poisson_blend_without_any_border_is_a_plain_one():
    target, image = textured(1, 170), textured(2, 110)
    full = np.full((SIDE, SIDE), 255, np.uint8)
    assert (blended(image, target, mode="poisson", shape=full) == blended(image, target, shape=full)).all()


def test_multiband_keeps_the_detail_of_the_new_face():
    """Inside, slopes are the new picture's within a level; colour runs over a wider rim than by feathering."""
    target, image = textured(1, 170), textured(2, 110)
    result = blended(image, target, mode="multiband")
    core = disc(0.24, 0)[:-1, :-1] > 0
    for new, own in zip(slopes(result), slopes(image), strict=True):
        assert np.abs(new - own)[core].mean() < 1.5


def test_multiband_changes_colour_over_a_wider_rim_than_feathering():
    target, image = np.full((SIDE, SIDE, 3), 170, np.uint8), np.full((SIDE, SIDE, 3), 110, np.uint8)
    widths = []
    for mode in ("feather", "multiband"):
        line = blended(image, target, mode=mode, shape=disc(0.36, 1.0))[SIDE // 2, :, 0].astype(int)
        widths.append(int(((line > 113) & (line < 167)).sum()))
    assert widths[1] > 2 * widths[0]


@pytest.mark.parametrize("mode", ["feather", *FAST])
def test_the_same_picture_leaves_no_trace(mode):
    target = textured(3, 140)
    assert np.abs(blended(target, target, mode=mode).astype(int) - target).max() <= 2


@pytest.mark.parametrize(
    "options", [{"mode": mode} for mode in FAST] + [{"color": "mean"}, {"color": "lab"}, {"sharpen": 1.0}]
)
def test_where_a_mask_is_zero_the_frame_stays_bit_for_bit(options):
    target, image = textured(1, 170), textured(2, 110)
    front = np.full((SIDE, SIDE), 255, np.uint8)
    front[:, 70:] = 0
    result = blended(image, target, shape=disc(), occlusion=front, **options)
    hidden = (disc() == 0) | (front == 0)
    hidden = cv2.erode(hidden.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert (result[hidden] == target[hidden]).all()


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(FAST), color=st.sampled_from(["none", "mean", "lab"]), sharpen=st.floats(0, 1),
    x=st.floats(-100, 300), y=st.floats(-100, 300), scale=st.floats(0.05, 4), side=st.sampled_from([16, 31, 64, 128]),
)  # fmt: skip
def test_outside_the_patch_every_pixel_stays_in_every_mode(mode, color, sharpen, x, y, scale, side):
    """Any size of patch, anywhere, also where it hangs over the frame's border."""
    corners = np.array([[0, 0], [side, 0], [0, side]], float)
    to_patch = inverse(similarity(corners, corners * scale + (x, y)))
    frame = Frame(np.random.default_rng(1).integers(0, 256, (200, 220, 3), np.uint8))
    patch = one(textured(1, side=side), textured(2, side=side), to_patch, shape=disc(side=side))
    result = blend(frame, Patches((patch,)), mode=mode, color=color, sharpen=sharpen)
    far = np.ones((200, 220), bool)
    reach = (1 / scale if scale < 0.51 else 1) * scale + 2
    x0, y0 = max(int(x - reach), 0), max(int(y - reach), 0)
    far[y0 : max(int(y + side * scale + reach) + 1, 0), x0 : max(int(x + side * scale + reach) + 1, 0)] = False
    assert (result.image[far] == frame.image[far]).all()


@pytest.mark.parametrize("color", ["mean", "lab"])
def test_colours_are_matched_to_what_they_replace(color):
    """A bluish, dark face gets the mean colour of the target's."""
    target = textured(1, 150)
    image = np.clip(textured(2, 110) * np.array([1.3, 0.9, 0.7]), 0, 255).astype(np.uint8)
    core = disc(0.3, 0) > 0
    before, after = (blended(image, target, color=c)[core].mean(0) for c in ("none", color))
    goal = target[core].mean(0)
    assert np.abs(before - goal).max() > 25
    assert np.abs(after - goal).max() < 6


def test_lab_matches_contrast_as_well():
    target, image = textured(1, 150, 24), textured(2, 120, 16)
    core = disc(0.3, 0) > 0
    spreads = [blended(image, target, color=c)[core].std() for c in ("none", "mean", "lab")]
    goal = target[core].std()
    assert abs(spreads[2] - goal) < 0.35 * abs(spreads[0] - goal)


def test_colours_are_not_taken_from_what_lies_in_front():
    """A blue thing over half of the face changes nothing in the other half."""
    target = textured(1, 150)
    covered, front = target.copy(), np.full((SIDE, SIDE), 255, np.uint8)
    covered[:, 64:], front[:, 64:] = (255, 0, 0), 0
    plain = blended(textured(2, 110), target, color="mean", shape=disc(), occlusion=front)
    other = blended(textured(2, 110), covered, color="mean", shape=disc(), occlusion=front)
    seen = (disc(0.3, 0) > 0) & (front > 0)
    assert np.abs(plain[seen].astype(int) - other[seen]).mean() < 1


def test_sharpening_makes_edges_steeper_and_leaves_flat_parts():
    image, target = np.full((SIDE, SIDE, 3), 100, np.uint8), np.full((SIDE, SIDE, 3), 100, np.uint8)
    image[:, 64:] = 160
    image = cv2.GaussianBlur(image, (0, 0), 1.5)
    soft, sharp = (blended(image, target, sharpen=amount).astype(int) for amount in (0.0, 1.0))
    assert np.abs(np.diff(sharp[64, 50:78, 0])).max() > 1.1 * np.abs(np.diff(soft[64, 50:78, 0])).max()
    assert (sharp[64, 40:52] == soft[64, 40:52]).all()


def test_a_patch_without_its_original_pixels_is_blended_all_the_same():
    image = textured(2, 110)
    patch = Patch(
        one(image, image).face, PatchStatus.SWAPPED, image, None, "test", np.eye(2, 3), masks={"shape": disc()}
    )
    for mode in FAST:
        assert blend(frame_of(image), Patches((patch,)), mode=mode, color="lab").cleared


@pytest.mark.parametrize(("hidden", "cleared"), [(0, True), (50, True), (68, False), (SIDE, False)])
def test_a_face_that_masks_leave_mostly_bare_is_not_cleared(hidden, cleared):
    """Rows of the patch that lie behind something, from below; two fifths of the face must be left."""
    front = np.full((SIDE, SIDE), 255, np.uint8)
    front[max(SIDE - hidden - 18, 0) :] = 0 if hidden else 255
    patch = one(textured(2), textured(1), shape=disc(0.36), occlusion=front)
    assert blend(frame_of(textured(1)), Patches((patch,))).cleared is cleared


def test_a_swapped_face_without_pixels_is_not_cleared():
    patch = Patch(one(textured(2), textured(1)).face, PatchStatus.SWAPPED)
    assert not blend(frame_of(textured(1)), Patches((patch,))).cleared
