"""Batches of frames in the swap node: one run of the network, and the same patches as frame by frame."""

from dataclasses import replace

import numpy as np
import pytest

from models.analyse import analyse
from models.session import ModelStore
from nodes.swap import Swap
from runtime.errors import ModelError
from runtime.kinds import Faces, Frame
from tests.models.twins import arcface, loaded, painter
from tests.nodes.conftest_faces import ASSETS, clip, context_with, scene

STORE = ModelStore()
SETTINGS = {
    "opacity": 1.0, "keep_eyes": None, "keep_mouth": None, "keep_brows": 0.0, "eye_colour": 1.0, "keep_detail": 0.0,
    "settle_ms": 100, "which": "all", "morph": 0.75, "identity_weight": 1.0,
}  # fmt: skip
A, B = (str(ASSETS / f"source_{letter}.jpg") for letter in "ab")


class Counted:
    """A session that notes how many rows each run had, and fails when it is told to."""

    device = "cpu"

    def __init__(self, session):
        self._session = session
        self.inputs = session.inputs
        self.rows = []
        self.fails = False

    def run(self, *inputs):
        if self.fails:
            raise ModelError("no more memory")
        self.rows.append(len(inputs[0]))
        return self._session.run(*inputs)


class Twins:
    def __init__(self, **sessions):
        self._sessions = sessions

    def session(self, name):
        return self._sessions.get(name) or STORE.session(name)


def network(twin=None, **settings):
    session = Counted(loaded(twin or painter(256)))
    models = Twins(hyperswap_1a_256=session, arcface_w600k_r50=loaded(arcface()))
    return Swap(context_with(models), model="hyperswap_1a_256", face=A, **settings), session


@pytest.fixture(scope="module")
def film():
    """Frames of the clip with their faces; some look as an earlier one did."""
    frames = []
    for index, image in enumerate(list(clip(7))):
        faces = analyse(image, STORE)
        same_as = {2: 1, 3: 1, 5: 4}.get(index)
        frames.append(
            (
                Frame(image, seq=index, time=index / 30),
                Faces(tuple(replace(f, track=1, same_as=same_as) for f in faces)),
            )
        )
    return frames


def assert_same(one, other):
    assert [patch.face for patch in one] == [patch.face for patch in other]
    for mine, twin in zip(one, other, strict=True):
        assert mine.status is twin.status
        np.testing.assert_array_equal(mine.image, twin.image)
        np.testing.assert_array_equal(mine.to_patch, twin.to_patch)
        assert set(mine.masks) == set(twin.masks)


def test_a_batch_is_one_run_and_the_same_as_frame_by_frame_with_reuse(film):
    alone, single = network()
    together, session = network()
    several = together.batch(film, **SETTINGS)
    for (frame, faces), answer in zip(film, several, strict=True):
        assert_same(alone(frame, faces), answer)
    assert session.rows == [4]
    assert single.rows == [1, 1, 1, 1]
    assert alone.counters() == together.counters() == {"swaps": 4, "reuses": 3}
    assert several[3][0].image is several[1][0].image


@pytest.mark.parametrize("cut", [1, 2, 3, 5])
def test_where_a_film_is_cut_into_batches_does_not_matter(film, cut):
    whole, _ = network()
    parted, _ = network()
    answers = [answer for start in range(0, 7, cut) for answer in parted.batch(film[start : start + cut], **SETTINGS)]
    for one, other in zip(whole.batch(film, **SETTINGS), answers, strict=True):
        assert_same(one, other)


def test_several_people_in_several_frames_are_one_run():
    image = scene(("a", 20, 20, 500), ("b", 620, 200, 300))
    first, second = analyse(image, STORE)
    faces = Faces((replace(first, track=1), replace(second, track=2, person="ben")))
    node, session = network(map={"ben": [B]})
    answers = node.batch([(Frame(image, seq=seq, time=seq / 30), faces) for seq in range(3)], **SETTINGS)
    assert session.rows == [6]
    assert [[patch.source for patch in patches] for patches in answers] == [["source_a", "source_b"]] * 3


def test_the_mesh_goes_frame_by_frame_and_is_the_same(film):
    alone, together = (Swap(context_with(STORE), face=A) for _ in range(2))
    for (frame, faces), answer in zip(film, together.batch(film, **SETTINGS), strict=True):
        assert_same(alone(frame, faces), answer)


def test_after_a_failure_nothing_is_taken_from_what_was_not_made(film):
    node, session = network()
    session.fails = True
    with pytest.raises(ModelError):
        node.batch(film[:4], **SETTINGS)
    session.fails = False
    answers = [node(frame, faces) for frame, faces in film]
    fresh, _ = network()
    for (frame, faces), answer in zip(film, answers, strict=True):
        assert_same(fresh(frame, faces), answer)
