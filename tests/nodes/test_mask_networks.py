"""Masks of networks in the mask node, on twins for which a colour is a class: cadence, movement, batches, trust."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.align import transform
from models.session import ModelStore
from nodes.cadence import movement
from nodes.cover import ENOUGH
from nodes.mask import Mask
from nodes.swap.blurred import blurred
from runtime.errors import ModelError
from runtime.kinds import Face, Frame, Landmarks, Patch, Patches, PatchStatus
from tests.models.twins import bisenet, loaded, xseg
from tests.nodes.conftest_faces import Counting, With, context_with

STORE = ModelStore()
SIDE = 200
BLUE, RED, GREEN = (255, 0, 0), (0, 0, 255), (0, 255, 0)
GRID = np.stack(np.meshgrid(np.linspace(40, 160, 6), np.linspace(40, 160, 6)), -1).reshape(-1, 2)


def node(**settings):
    """A mask node, and how often its networks ran."""
    models = Counting(With(With(STORE, "xseg_1", loaded(xseg())), "bisenet_resnet_34", loaded(bisenet())))
    return Mask(context_with(models), **settings), models.runs


def shown(seq, shift=0.0, tracks=(1,), *, colour=BLUE, gap=(0, 0), same_as=None, dense=True, time=None):
    """A frame, and patches of faces that are all of a colour but for black columns `gap`; moved by px in the patch."""
    target = np.full((SIDE, SIDE, 3), colour, np.uint8)
    target[:, gap[0] : gap[1]] = 0
    target = cv2.warpAffine(target, np.float32([[1, 0, shift], [0, 1, 0]]), (SIDE, SIDE), borderValue=colour)
    grid = (GRID + np.array([shift, 0])).astype(np.float32)
    five = grid[[7, 10, 15, 25, 28]]
    patches = [
        Patch(
            Face(np.array([20, 20, 180, 180], np.float32), five.copy(), 1.0, track=track, same_as=same_as),
            PatchStatus.SWAPPED, np.full_like(target, 90), target, "t", np.eye(2, 3),
            Landmarks("mesh468", grid.copy()) if dense else None,
            {"shape": np.full((SIDE, SIDE), 255, np.uint8)},
        )
        for track in tracks
    ]  # fmt: skip
    frame = Frame(np.zeros((9, 9, 3), np.uint8), seq=seq, time=seq / 30 if time is None else time)
    return frame, Patches(tuple(patches))


def columns(mask):
    """Which columns of a mask are taken out, as the first and the last."""
    out = np.flatnonzero(mask[SIDE // 2] < 128)
    return (int(out[0]), int(out[-1])) if len(out) else None


def test_a_networks_mask_leaves_in_front_what_is_no_face():
    mask, runs = node(occlusion="xseg_1")
    patches = mask(*shown(0, gap=(80, 120)))
    assert set(patches[0].masks) == {"shape", "occlusion"}
    first, last = columns(patches[0].masks["occlusion"])
    assert abs(first - 80) < 8
    assert abs(last - 120) < 8
    assert runs == {"xseg_1": 1}
    assert mask.counters() == {"occluded": 1, "given up": 0, "seen": 1, "moved": 0}


@pytest.mark.parametrize(("parts", "left"), [(("skin",), 0), (("skin", "lips"), 255), (("lips",), 255)])
def test_a_parser_leaves_the_parts_that_are_wanted(parts, left):
    mask, runs = node(occlusion=None, parser="bisenet_resnet_34")
    patches = mask(*shown(0, colour=GREEN), parts=parts)  # green is a lip
    assert patches[0].masks["parts"][100, 100] == left
    assert runs == {"bisenet_resnet_34": 1}


def test_both_networks_and_the_mouth_may_be_asked_for_at_once():
    mask, _ = node(occlusion="xseg_1", parser="bisenet_resnet_34")
    assert set(mask(*shown(0))[0].masks) == {"shape", "occlusion", "parts"}


def test_all_faces_of_a_frame_are_one_run():
    mask, runs = node(occlusion="xseg_1")
    assert len(mask(*shown(0, tracks=(1, 2, 3)))) == 3
    assert runs == {"xseg_1": 1}
    assert mask.counters()["seen"] == 3


def test_faces_of_several_sides_are_one_run_too():
    mask, runs = node(occlusion="xseg_1")
    frame, patches = shown(0, tracks=(1, 2))
    small = patches[1]
    small = replace(
        small,
        image=small.image[::2, ::2],
        target=small.target[::2, ::2],
        masks={"shape": small.masks["shape"][::2, ::2]},
    )
    answer = mask(frame, replace(patches, items=(patches[0], small)))
    assert [len(patch.masks["occlusion"]) for patch in answer] == [SIDE, SIDE // 2]
    assert runs == {"xseg_1": 1}


@pytest.mark.parametrize("dense", [True, False], ids=["landmarks", "five points"])
def test_between_runs_the_mask_moves_with_the_face(dense):
    mask, runs = node(occlusion="xseg_1")
    found = []
    for seq in range(6):
        patches = mask(*shown(seq, 4.0 * seq, gap=(80, 120), dense=dense), every=3)
        found.append(columns(patches[0].masks["occlusion"]))
    assert runs == {"xseg_1": 2}
    starts = [first for first, _ in found]
    assert np.abs(np.diff(starts) - 4).max() <= 1
    assert mask.counters()["moved"] == 4


def test_a_mask_that_did_not_move_would_be_seen_to_lag():
    """The test above can tell: the movement that it asks for is five times its tolerance."""
    mask, _ = node(occlusion="xseg_1")
    frame, patches = shown(0, gap=(80, 120))
    still = columns(mask(frame, patches, every=3)[0].masks["occlusion"])
    frame, patches = shown(1, 8.0, gap=(80, 120))
    stuck = replace(patches[0], landmarks=Landmarks("mesh468", GRID.astype(np.float32)))
    assert columns(mask(frame, replace(patches, items=(stuck,)), every=3)[0].masks["occlusion"]) == still


def test_a_face_that_has_not_changed_keeps_its_mask_for_ever():
    mask, runs = node(occlusion="xseg_1")
    first = mask(*shown(0, gap=(80, 120)))[0].masks["occlusion"]
    for seq in range(1, 9):
        np.testing.assert_array_equal(mask(*shown(seq, gap=(80, 120), same_as=0))[0].masks["occlusion"], first)
    assert runs == {"xseg_1": 1}


@pytest.mark.parametrize(
    ("second", "third"),
    [
        (shown(1, tracks=()), shown(2)),
        (shown(1, tracks=(2,)), shown(2)),
        (shown(1), shown(2, time=9.0)),
        (shown(1), shown(2, time=-1.0)),
    ],
    ids=["lost", "cut", "late", "back to the start"],
)
def test_what_was_made_before_a_face_was_lost_is_forgotten(second, third):
    mask, runs = node(occlusion="xseg_1")
    for frame, patches in (shown(0), second, third):
        before = runs.get("xseg_1", 0)
        mask(frame, patches, every=100)
    assert runs["xseg_1"] == before + 1


def test_other_parts_are_made_at_once():
    mask, runs = node(occlusion=None, parser="bisenet_resnet_34")
    mask(*shown(0, colour=RED), every=9, parts=("skin",))
    assert mask(*shown(1, colour=RED), every=9, parts=("lips",))[0].masks["parts"].max() == 0
    assert runs == {"bisenet_resnet_34": 2}


def test_what_would_take_the_whole_face_is_not_believed():
    mask, _ = node(occlusion="xseg_1")
    assert set(mask(*shown(0, colour=RED))[0].masks) == {"shape"}
    assert mask.counters()["given up"] == 1
    wide = mask(*shown(1, gap=(0, round(SIDE * (1 - ENOUGH)) - 20)))
    assert "occlusion" in wide[0].masks


def test_a_batch_of_frames_is_one_run_and_the_same_as_frame_by_frame():
    items = [shown(seq, 3.0 * seq, (1, 2), gap=(60 + seq, 100)) for seq in range(7)]
    items[3] = shown(3, 6.0, (1,), gap=(62, 100), same_as=2)
    alone, runs = node(occlusion="xseg_1", parser="bisenet_resnet_34")
    one_by_one = [alone(frame, patches, every=2) for frame, patches in items]
    together, batched = node(occlusion="xseg_1", parser="bisenet_resnet_34")
    settings = {"mouth": 0.0, "every": 2, "parts": ("skin", "lips")}
    several = together.batch(items, **settings)
    for one, other in zip(one_by_one, several, strict=True):
        assert [patch.face for patch in one] == [patch.face for patch in other]
        for patch, twin in zip(one, other, strict=True):
            np.testing.assert_array_equal(patch.masks["occlusion"], twin.masks["occlusion"])
    assert batched == {"xseg_1": 1, "bisenet_resnet_34": 1}
    assert alone.counters() == together.counters()
    assert runs["xseg_1"] > 3


def test_a_face_that_was_blurred_to_be_hidden_stays_whole():
    frame = Frame(np.zeros((400, 400, 3), np.uint8), seq=0)
    patch = blurred(frame, shown(0)[1][0].face)
    mask, _ = node(occlusion="xseg_1", parser="bisenet_resnet_34")
    assert mask(frame, Patches((patch,)))[0] is patch


class Broken:
    """A session that fails when it is told to."""

    device = "cpu"

    def __init__(self, session):
        self._session = session
        self.inputs = session.inputs
        self.fails = False

    def run(self, *inputs):
        if self.fails:
            raise ModelError("no more memory")
        return self._session.run(*inputs)


def test_after_a_failure_the_mask_is_made_and_not_taken_from_what_failed():
    session = Broken(loaded(xseg()))
    mask = Mask(context_with(With(STORE, "xseg_1", session)), occlusion="xseg_1")
    session.fails = True
    with pytest.raises(ModelError):
        mask(*shown(0, gap=(80, 120)))
    session.fails = False
    assert columns(mask(*shown(1, gap=(80, 120), same_as=0), every=5)[0].masks["occlusion"])


def test_movement_is_that_of_the_points():
    turn = np.array([[0.9, 0.1, 4], [-0.05, 1.1, -3]])
    np.testing.assert_allclose(movement(GRID, transform(GRID, turn)), turn, atol=1e-9)
    line = np.column_stack([np.arange(30.0), np.zeros(30)])
    moved = movement(line, line + 5)
    np.testing.assert_allclose(transform(line, moved), line + 5, atol=1e-6)
