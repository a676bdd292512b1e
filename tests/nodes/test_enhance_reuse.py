"""When the enhancer's network runs, and what stands for it in between: on twins that turn red negative."""

import weakref
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.align import similarity, template, transform
from models.analyse import analyse
from models.crop import cut
from models.session import ModelStore
from nodes.blend import blend
from nodes.enhance import Enhance
from runtime.errors import ModelError
from runtime.kinds import Frame, Landmarks, Patch, Patches, PatchStatus
from tests.models.twins import loaded, restorer
from tests.nodes.conftest_faces import Counting, With, context_with, scene

STORE = ModelStore()
MODEL = "gfpgan_1.4"
SIDE = 256
SETTINGS = {"amount": 0.8, "likeness": 0.5}


def enhancer(session=None):
    """An enhance node, and how often its network ran."""
    twin = session or loaded(restorer(512))
    models = Counting(With(STORE, MODEL, twin))
    return Enhance(context_with(models), model=MODEL), models.runs


@pytest.fixture(scope="module")
def people():
    """A picture of two people, and their faces with tracks."""
    image = scene(("a", 20, 20, 500), ("b", 620, 200, 300))
    return image, tuple(replace(face, track=n) for n, face in enumerate(analyse(image, STORE), 1))


def shown(people, seq, turn=None, *, count=2, same_as=None, patches=None, time=None):
    """A frame, moved and squeezed as `turn` says, and patches that show its faces unchanged."""
    image, faces = people
    if turn is not None:
        image = cv2.warpAffine(image, turn, (960, 540), borderMode=cv2.BORDER_REPLICATE)
    frame = Frame(image.copy(), seq=seq, time=seq / 30 if time is None else time)
    made = [patch_of(image, _moved(face, turn), same_as) for face in faces[:count]]
    if patches is not None:  # a swap that hands out what it had
        made = [replace(new, image=old.image, target=old.target) for new, old in zip(made, patches, strict=True)]
    return frame, Patches(tuple(made))


def _moved(face, turn):
    if turn is None:
        return face
    points = face.landmarks.points.copy()
    points[:, :2] = transform(points[:, :2], turn)
    return replace(
        face, landmarks=Landmarks(face.landmarks.scheme, points),
        points=transform(face.points, turn).astype(np.float32),
        box=transform(face.box.reshape(2, 2), turn).reshape(4).astype(np.float32),
    )  # fmt: skip


def patch_of(image, face, same_as):
    to_patch = similarity(face.points, template("arcface_128", SIDE))
    pixels = np.ascontiguousarray(cut(image, to_patch, SIDE)[..., :3])
    points = face.landmarks.points.astype(np.float32)
    points[:, :2] = transform(points[:, :2], to_patch)
    return Patch(
        replace(face, same_as=same_as), PatchStatus.SWAPPED, pixels, pixels.copy(), "arcface_128", to_patch,
        Landmarks(face.landmarks.scheme, points), {"shape": np.full((SIDE, SIDE), 255, np.uint8)},
    )  # fmt: skip


def squeezed(share):
    """A turn of the head to the side, as it looks: narrower about the middle of the first face, and farther right."""
    return np.array([[share, 0, 270 * (1 - share) + 6], [0, 1, 2.0]])


def off(answer, wanted, number=0):
    """How far a patch's pixels are from those that are wanted, in the middle of the face."""
    inner = np.s_[150:400, 150:360]
    return np.abs(answer[number].image[inner].astype(int) - wanted[number].image[inner]).mean()


def test_the_network_runs_for_each_frame_unless_it_is_told_otherwise(people):
    node, runs = enhancer()
    for seq in range(3):
        node(*shown(people, seq))
    assert runs == {MODEL: 3}


def test_in_between_what_was_added_moves_with_the_face(people):
    """The head turns; what is shown stays near what the network would have made, and would not if it stood still."""
    node, runs = enhancer()
    node(*shown(people, 0, count=1), every=4)
    for seq, share in ((1, 0.95), (2, 0.9), (3, 0.85)):
        frame, patches = shown(people, seq, squeezed(share), count=1)
        moved = node(frame, patches, every=4)
        wanted = enhancer()[0](frame, patches)
        assert moved[0].landmarks.points == pytest.approx(wanted[0].landmarks.points)
        np.testing.assert_array_equal(moved[0].to_patch, wanted[0].to_patch)
        assert off(moved, wanted) < 3
        assert blend(frame, moved).cleared
        still = replace(patches[0], landmarks=shown(people, 0, count=1)[1][0].landmarks)
        assert share > 0.9 or off(_stuck(people, frame, still), wanted) > 2.5 * off(moved, wanted)
    assert runs == {MODEL: 1}
    node(*shown(people, 4, squeezed(0.8), count=1), every=4)
    assert runs == {MODEL: 2}
    assert node.counters() == {"restored": 2, "reused": 3}


def _stuck(people, frame, patch):
    """What comes out for a patch that says that its face has not moved on it."""
    node, _ = enhancer()
    node(*shown(people, frame.seq - 1, count=1), every=9)
    return node(frame, Patches((patch,)), every=9)


def test_a_face_that_has_not_changed_is_taken_as_it_was_made(people):
    node, runs = enhancer()
    frame, patches = shown(people, 0)
    first = node(frame, patches)
    for seq in (1, 2, 3):
        again = node(*shown(people, seq, same_as=0, patches=patches))
        assert all(new.image is old.image for new, old in zip(again, first, strict=True))
        assert [patch.face.same_as for patch in again] == [0, 0]
    assert runs == {MODEL: 1}
    assert node.counters() == {"restored": 2, "reused": 6}


def test_another_swap_of_the_same_face_is_restored_anew(people):
    node, runs = enhancer()
    node(*shown(people, 0))
    node(*shown(people, 1, same_as=0))
    assert runs == {MODEL: 2}


@pytest.mark.parametrize("change", [{"amount": 0.3}, {"likeness": 0.1}])
def test_other_settings_are_seen_at_once(people, change):
    node, runs = enhancer()
    frame, patches = shown(people, 0)
    node(frame, patches, every=9)
    node(*shown(people, 1, same_as=0, patches=patches), every=9, **change)
    assert runs == {MODEL: 2}


@pytest.mark.parametrize("how", ["lost", "cut", "late"])
def test_what_was_made_before_a_face_was_lost_is_forgotten(people, how):
    node, runs = enhancer()
    node(*shown(people, 0), every=99)
    if how == "lost":
        node(shown(people, 1)[0], Patches(), every=99)
    if how == "cut":
        frame, patches = shown(people, 1)
        others = (replace(patch, face=replace(patch.face, track=patch.face.track + 10)) for patch in patches)
        node(frame, replace(patches, items=tuple(others)), every=99)
    before = runs[MODEL]
    node(*shown(people, 2, time=5.0 if how == "late" else None), every=99)
    assert runs[MODEL] == before + 1


def test_faces_that_nobody_tracks_are_restored_each_time(people):
    node, runs = enhancer()
    for seq in range(2):
        frame, patches = shown(people, seq)
        bare = (replace(patch, face=replace(patch.face, track=-1)) for patch in patches)
        node(frame, replace(patches, items=tuple(bare)), every=9)
    assert runs == {MODEL: 2}


@pytest.mark.parametrize("every", [1, 3])
def test_a_batch_of_frames_is_one_run_and_the_same_as_frame_by_frame(people, every):
    first = shown(people, 0)
    items = [first, shown(people, 1, same_as=0, patches=first[1])]
    items += [shown(people, seq, squeezed(1 - seq / 50), count=1 + seq % 2) for seq in range(2, 7)]
    alone, _ = enhancer()
    together, runs = enhancer()
    several = together.batch(items, every=every, **SETTINGS)
    for (frame, patches), answer in zip(items, several, strict=True):
        wanted = alone(frame, patches, every=every, **SETTINGS)
        for one, other in zip(wanted, answer, strict=True):
            assert one.face is other.face
            np.testing.assert_array_equal(one.image, other.image)
            np.testing.assert_array_equal(one.masks["shape"], other.masks["shape"])
    assert runs == {MODEL: 1}
    assert alone.counters() == together.counters()


class Failing:
    """A session that fails when it is told to."""

    device = "cpu"

    def __init__(self, session):
        self._session = session
        self.inputs = session.inputs
        self.fails = True

    def run(self, *inputs):
        if self.fails:
            raise ModelError("no more memory")
        return self._session.run(*inputs)


def test_after_a_failure_the_face_is_restored(people):
    session = Failing(loaded(restorer(512)))
    node, runs = enhancer(session)
    frame, patches = shown(people, 0)
    with pytest.raises(ModelError):
        node(frame, patches, every=9)
    session.fails = False
    node(*shown(people, 1, same_as=0, patches=patches), every=9)
    assert runs == {MODEL: 2}


def test_what_was_made_for_a_face_goes_with_it(people):
    node, _ = enhancer()
    frame, patches = shown(people, 0, count=1)
    made = weakref.ref(node(frame, patches, every=9)[0].image)
    assert made() is not None
    other = replace(patches[0], face=replace(patches[0].face, track=7))
    node(shown(people, 1)[0], Patches((other,)), every=9)
    assert made() is None
