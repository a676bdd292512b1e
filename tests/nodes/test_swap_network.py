"""The swap node with networks, on twins: what reaches the network, and where its answer lands in the picture."""

import warnings
from dataclasses import replace

import numpy as np
import onnx
import pytest

from models.align import similarity, template
from models.analyse import analyse
from models.arcface import normed
from models.cards import load_card
from models.session import ModelStore
from models.store import Store
from nodes.blend import blend
from nodes.swap import Swap
from runtime.errors import ModelError, StreamError
from runtime.kinds import Faces, Frame, Landmarks, PatchStatus
from tests.models.twins import arcface, converter, inswapper, loaded, painter
from tests.nodes.conftest_faces import ASSETS, clip, context_with, portrait, scene

STORE = ModelStore()
PICTURES = [str(ASSETS / f"source_{letter}.jpg") for letter in "abc"]


class Twins:
    """The bundled models, and twins of others, which may have files."""

    def __init__(self, **twins):
        self.twins = {name: loaded(twin) for name, twin in twins.items()}
        self.files = {}

    def session(self, name):
        return self.twins.get(name) or STORE.session(name)

    def file(self, name):
        return self.files[name]


class Counted:
    """A session that notes how many rows each run had."""

    device = "cpu"

    def __init__(self, session):
        self._session = session
        self.inputs = session.inputs
        self.rows = []

    def run(self, *inputs):
        self.rows.append(len(inputs[0]))
        return self._session.run(*inputs)


def swap_with(model, twin, face=PICTURES[0], **settings):
    models = Twins(**{model: twin}, arcface_w600k_r50=arcface(), crossface_ghost=converter())
    return Swap(context_with(models), model=model, face=face, **settings)


@pytest.fixture(scope="module")
def demo():
    """A frame of the demo clip, with its face."""
    image = list(clip(40))[-1]
    return Frame(image, seq=39), analyse(image, STORE)


@pytest.fixture(scope="module")
def crowd():
    """A picture of two people, one twice as large as the other."""
    image = scene(("a", 20, 20, 500), ("b", 620, 200, 280))
    return Frame(image, seq=0), analyse(image, STORE)


def theirs(path, recogniser, image, face):
    """What InsightFace makes of it: its own recogniser, its own swapper."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app.common import Face as Theirs
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX
        from insightface.model_zoo.inswapper import INSwapper

        shown = portrait("a")
        person = Theirs(kps=analyse(shown, STORE)[0].points)
        ArcFaceONNX(str(recogniser)).get(shown, person)
        return INSwapper(str(path)).get(image, Theirs(kps=face.points), person, paste_back=False)


def test_inswappers_patch_is_that_of_insightface_from_the_pictures_on(tmp_path, demo):
    path, recogniser = tmp_path / "inswapper_128.onnx", tmp_path / "w600k_r50.onnx"
    onnx.save(inswapper(1), path)
    onnx.save(arcface(), recogniser)
    models = Twins(inswapper_128=inswapper(1), arcface_w600k_r50=arcface())
    models.files["inswapper_128"] = path, "0" * 64
    frame, faces = demo
    patch = Swap(context_with(models), model="inswapper_128", face=PICTURES[0])(frame, faces)[0]
    image, matrix = theirs(path, recogniser, frame.image, faces[0])
    np.testing.assert_allclose(patch.to_patch, matrix, atol=1e-3)
    assert np.abs(patch.image.astype(int) - image).max() <= 1
    assert patch.template == "arcface_128"


@pytest.mark.parametrize("size_px", [None, 512])
def test_a_network_that_changes_nothing_leaves_the_picture_as_it_is(crowd, size_px):
    frame, faces = crowd
    patches = swap_with("hyperswap_1a_256", painter(256, gain=0), size_px=size_px)(frame, faces)
    assert [patch.status for patch in patches] == [PatchStatus.SWAPPED] * 2
    result = blend(frame, patches)
    assert result.cleared
    assert np.abs(result.image.astype(int) - frame.image).mean() < 0.2
    moved = [replace(patch, to_patch=patch.to_patch + np.array([[0, 0, 2.0], [0, 0, 0]])) for patch in patches]
    wrong = blend(frame, replace(patches, items=tuple(moved))).image
    assert np.abs(wrong.astype(int) - frame.image).mean() > 2 * np.abs(result.image.astype(int) - frame.image).mean()


def test_a_large_face_is_swapped_in_parts_and_a_small_one_at_once(crowd):
    frame, faces = crowd
    patches = swap_with("hyperswap_1a_256", painter(256), size_px=512)(frame, faces)
    assert min(len(patch.image) for patch in patches) == 256
    assert all(len(patch.image) in (256, 512) for patch in patches)
    fine = swap_with("hyperswap_1a_256", painter(256))(frame, faces)
    assert {len(patch.image) for patch in fine} == {256}


@pytest.mark.parametrize("picture", [PICTURES[:1], PICTURES], ids=["one picture", "the mean of three"])
def test_the_network_is_told_of_the_person(picture, demo):
    frame, faces = demo
    patch = swap_with("hyperswap_1a_256", painter(256), picture)(frame, faces)[0]
    from models.arcface import ArcFace

    recogniser = ArcFace(loaded(arcface()))
    shown = [portrait(letter) for letter in "abc"[: len(picture)]]
    raw = np.concatenate([recogniser.raw(image, analyse(image, STORE).items[:1]) for image in shown])
    red, green, blue = normed(raw.mean(0))[:3] * 127.5
    inner = np.s_[64:192, 64:192]
    shift = (patch.image.astype(int) - patch.target)[inner].reshape(-1, 3).mean(0)
    np.testing.assert_allclose(shift, [blue, green, red], atol=1)


def test_ghosts_person_is_converted_and_keeps_its_length(demo):
    frame, faces = demo
    patch = swap_with("ghost_1_256", painter(256, gain=0.05))(frame, faces)[0]
    from models.arcface import ArcFace

    image = portrait("a")
    raw = ArcFace(loaded(arcface())).raw(image, analyse(image, STORE).items[:1])[0, :3]
    shift = (patch.image.astype(int) - patch.target)[64:192, 64:192].reshape(-1, 3).mean(0)
    np.testing.assert_allclose(shift, raw[::-1] / 2 * 0.05 * 127.5, atol=1)
    found = patch.to_patch @ np.hstack([faces[0].points, np.ones((5, 1))]).T
    assert np.abs(found.T - template("arcface_112_v1", 256)).max() < 16


def test_a_face_without_a_mesh_is_swapped_within_a_soft_square(demo):
    frame, faces = demo
    bare = Faces(tuple(replace(face, landmarks=None) for face in faces))
    patches = swap_with("hyperswap_1a_256", painter(256, gain=0))(frame, bare)
    mask = patches[0].masks["shape"]
    assert mask[128, 128] == 255
    assert not mask[[0, -1]].any()
    assert not mask[:, [0, -1]].any()
    assert blend(frame, patches).cleared


def test_a_mesh_that_is_no_number_does_not_count(demo):
    frame, faces = demo
    broken = Landmarks("mesh468", np.full((468, 3), np.nan, np.float32))
    patch = swap_with("hyperswap_1a_256", painter(256))(frame, Faces((replace(faces[0], landmarks=broken),)))[0]
    assert patch.status is PatchStatus.SWAPPED
    assert patch.masks["shape"][128, 128] == 255


def test_eyes_and_mouth_are_the_networks_unless_they_are_to_be_kept(demo):
    swap = swap_with("hyperswap_1a_256", painter(256))
    assert set(swap(*demo)[0].masks) == {"shape"}
    assert swap(*demo, keep_mouth=1.0)[0].masks["features"].min() < 8


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e20, 7.0])
def test_points_that_are_no_faces_give_no_patch(demo, value):
    frame, faces = demo
    broken = replace(faces[0], points=np.full((5, 2), value, np.float32))
    patch = swap_with("hyperswap_1a_256", painter(256))(frame, Faces((broken,)))[0]
    assert patch.status is PatchStatus.FAILED


def test_a_lost_face_gives_no_patch(demo):
    frame, faces = demo
    patches = swap_with("hyperswap_1a_256", painter(256))(frame, Faces((replace(faces[0], age=0.1),)))
    assert patches[0].status is PatchStatus.FAILED
    assert not patches.clears()


def test_a_side_that_the_network_does_not_divide_is_told_at_start():
    with pytest.raises(StreamError, match="size_px: 384 is no multiple of 256, the side of hyperswap_1a_256"):
        swap_with("hyperswap_1a_256", painter(256), size_px=384)


def test_a_file_of_another_kind_is_told(demo):
    with pytest.raises(ModelError, match=r"takes input\.1, but this kind of model target, source"):
        swap_with("hyperswap_1a_256", arcface())(*demo)


def test_the_patch_of_a_face_that_has_not_changed_is_used_again(demo):
    frame, faces = demo
    swap = swap_with("hyperswap_1a_256", painter(256))
    first = swap(frame, Faces((replace(faces[0], track=1),)))[0]
    again = swap(replace(frame, seq=40), Faces((replace(faces[0], track=1, same_as=39),)))[0]
    assert again.image is first.image
    assert swap.counters() == {"swaps": 1, "reuses": 1}
    np.testing.assert_allclose(again.to_patch, similarity(faces[0].points, template("arcface_128", 256)))


@pytest.mark.parametrize("batch", [None, 1], ids=["a free batch", "one by one"])
def test_the_faces_of_a_frame_are_one_run_also_when_they_become_several_people(crowd, batch):
    frame, faces = crowd
    models = Twins(arcface_w600k_r50=arcface())
    network = models.twins["hyperswap_1a_256"] = Counted(loaded(painter(256, batch)))
    swap = Swap(context_with(models), model="hyperswap_1a_256", face=PICTURES[0], map={"ben": PICTURES[1:2]})
    two = Faces((faces[0], replace(faces[1], person="ben")))
    together = swap(frame, two)
    assert network.rows == ([2] if batch is None else [1, 1])
    for number, face in enumerate(two):
        alone = swap(frame, Faces((face,)))[0]
        np.testing.assert_array_equal(together[number].image, alone.image)
        assert together[number].source == f"source_{'ab'[number]}"


def test_faces_of_several_sides_come_back_in_their_order(crowd):
    frame, faces = crowd
    swap = swap_with("hyperswap_1a_256", painter(256), size_px=512)
    lost = replace(faces[0], age=0.1)
    patches = swap(frame, Faces((faces[1], lost, faces[0])))
    assert [patch.face for patch in patches] == [faces[1], lost, faces[0]]
    assert [patch.image is None for patch in patches] == [False, True, False]
    for patch in (patches[0], patches[2]):
        assert np.abs(patch.image.astype(int) - patch.target).max() < 40


def test_files_in_the_users_folder_are_swapped_with(tmp_path, monkeypatch, demo):
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))
    store = Store()
    for name, twin in {"inswapper_128": inswapper(1), "arcface_w600k_r50": arcface()}.items():
        onnx.save(twin, tmp_path / "twin.onnx")
        card = load_card(name)
        store.add(tmp_path / "twin.onnx", card, card.files[0])
    frame, faces = demo
    patch = Swap(context_with(ModelStore()), model="inswapper_128", face=PICTURES[0])(frame, faces)[0]
    models = Twins(inswapper_128=inswapper(1), arcface_w600k_r50=arcface())
    models.files["inswapper_128"] = tmp_path / "models" / "inswapper_128.onnx", "0" * 64
    same = Swap(context_with(models), model="inswapper_128", face=PICTURES[0])(frame, faces)[0]
    np.testing.assert_array_equal(patch.image, same.image)


def test_a_network_that_is_not_here_is_told_with_the_command_that_gets_it():
    with pytest.raises(ModelError, match=r"get it with: dlc\.py models pull inswapper_128"):
        Swap(context_with(ModelStore()), model="inswapper_128", face=PICTURES[0])
    with pytest.raises(ModelError, match=r"get it with: dlc\.py models pull inswapper_128"):
        ModelStore().file("inswapper_128")
