"""What the identity margin could be at most, on inputs whose answers are known."""

from dataclasses import fields, replace

import cv2
import numpy as np
import pytest

from bench.ceiling import EVERY, whole_head, within_mask
from bench.judge import Judge, source_of
from bench.quality import ROOT, table
from bench.taps import Taps
from bench.verdict import verdict
from models.session import ModelStore
from runtime.kinds import Face, Faces, Frame, Patch, Patches, PatchStatus
from runtime.stats import Percentiles, RunStats

POINTS = np.array([[100, 100], [200, 100], [150, 150], [115, 190], [185, 190]], np.float64)
RUN = RunStats(**{field.name: 0 for field in fields(RunStats)} | {"age_ms": Percentiles()})


def test_within_the_mask_only_what_the_swap_may_change_changes():
    portrait, raw = np.full((120, 120, 3), 200, np.uint8), np.full((300, 300, 3), 50, np.uint8)
    shape, features = np.zeros((64, 64), np.uint8), np.zeros((64, 64), np.uint8)
    shape[16:48, 16:48] = 255
    face = Face(np.array([80, 40, 220, 240], np.float32), POINTS.astype(np.float32), 1.0)
    patch = Patch(
        face, PatchStatus.SWAPPED, np.zeros((64, 64, 3), np.uint8), to_patch=np.array([[1.0, 0, -120], [0, 1, -110]]),
        masks={"shape": shape, "features": features}, opacity=0.5,
    )  # fmt: skip
    pasted = within_mask(portrait, POINTS / 3, Frame(raw), POINTS, patch)
    assert (pasted[126:158, 136:168] == 200).all()  # features that a swap keeps are the portrait's here
    assert np.count_nonzero(pasted != 50) == 32 * 32 * 3


def test_in_place_of_the_head_the_portrait_has_its_points_where_the_target_has_them():
    portrait = np.zeros((120, 120, 3), np.uint8)
    cv2.circle(portrait, (50, 50), 4, (255, 255, 255), -1)  # its left eye
    goal = POINTS + np.array((30, 20))
    head = whole_head(portrait, POINTS / 2, Frame(np.zeros((260, 300, 3), np.uint8)), goal)
    assert head.shape == (260, 300, 3)
    rows, columns = np.nonzero(head[..., 0] > 128)
    assert (columns.mean(), rows.mean()) == pytest.approx(tuple(goal[0]), abs=1)


def test_a_clip_is_judged_in_some_frames_and_the_table_tells():
    store = ModelStore()
    source, other = (source_of(ROOT / "assets" / f"source_{name}.jpg", store) for name in "ba")
    target, square = replace(other.face, track=0), np.full((400, 400), 255, np.uint8)
    to_patch = np.column_stack([np.eye(2), 200 - target.points[2].astype(np.float64)])
    patch = Patch(target, PatchStatus.SWAPPED, cv2.merge([square] * 3), to_patch=to_patch, masks={"shape": square})
    frame, swapped = (Frame(other.image.copy(), cleared=True) for _ in range(2))
    taps = Taps(frame, Faces((target,)), Patches((patch,)), swapped, swapped)
    judge = Judge(source, None, store)
    notes = [judge.frame(index, taps) for index in (0, EVERY - 1)]
    assert notes[1].people[0].ceiling is None
    of = verdict(notes, RUN)
    assert of.head_margin > of.mask_margin > 0 > of.margin
    assert any("margin at most" in line for line in table({"clip": of}))
