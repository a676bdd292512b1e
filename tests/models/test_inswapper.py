"""Inswapper against InsightFace's own class on the same file."""

import warnings
from io import BytesIO

import cv2
import numpy as np
import onnx
import pytest

from models.align import similarity, template
from models.analyse import analyse
from models.arcface import ArcFace, normed
from models.cards import load_card
from models.crop import cut
from models.emap import emap_of, read_emap
from models.neural_swappers import FAMILIES, NeuralSwapper
from models.sources import average, mapped
from models.store import Store
from runtime.errors import ModelError
from tests.models.twins import arcface, inswapper, loaded

FAMILY = FAMILIES["inswapper_128"]


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    path = tmp_path_factory.mktemp("inswapper") / "inswapper_128.onnx"
    onnx.save(inswapper(batch=1), path)
    return path


@pytest.fixture(scope="module")
def crowd(portraits, models):
    image = cv2.resize(np.hstack([portraits[letter] for letter in "abc"]), None, fx=0.4, fy=0.4)
    return image, analyse(image, models).items


@pytest.fixture(scope="module")
def source(portraits, models):
    """ArcFace's vector of the person in the first portrait, as the network gives it, [1, 512]."""
    return ArcFace(loaded(arcface())).raw(portraits["a"], analyse(portraits["a"], models).items[:1])


def patches(image, faces):
    matrices = similarity(np.stack([face.points for face in faces]), template(FAMILY.template, FAMILY.size_px))
    return np.stack([cut(image, matrix, FAMILY.size_px)[..., :3] for matrix in matrices])


def reference(path, image, faces, raw):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app.common import Face as Theirs
        from insightface.model_zoo.inswapper import INSwapper

        network = INSwapper(str(path))
        person = Theirs(embedding=raw[0])
        return np.stack([network.get(image, Theirs(kps=f.points), person, paste_back=False)[0] for f in faces])


@pytest.mark.parametrize("batch", [1, None], ids=["one by one", "one batch"])
def test_patches_are_those_of_insightface(twin, crowd, source, batch):
    image, faces = crowd
    theirs = reference(twin, image, faces, source)
    ours = NeuralSwapper(loaded(inswapper(batch)), FAMILY)(patches(image, faces), mapped(source, read_emap(twin)))
    assert ours.shape == (3, 128, 128, 3)
    assert theirs.std() > 20
    assert np.abs(ours.astype(int) - theirs).max() <= 1


def test_the_comparison_would_see_a_map_or_a_norm_left_out(twin, crowd, source):
    image, faces = crowd
    theirs = reference(twin, image, faces, source).astype(int)
    swapper, emap = NeuralSwapper(loaded(inswapper()), FAMILY), read_emap(twin)
    for wrong in (normed(source), normed(source) @ emap, mapped(source, emap.T)):
        assert np.abs(swapper(patches(image, faces), wrong) - theirs).max() > 3
    swapped_colours = swapper(patches(image[..., ::-1], faces), mapped(source, emap))[..., ::-1]
    assert np.abs(swapped_colours - theirs).max() > 3


def test_each_face_may_have_a_source_of_its_own(twin, crowd, source):
    image, faces = crowd
    targets, emap = patches(image, faces), read_emap(twin)
    rows = np.concatenate([mapped(raw, emap) for raw in (source, source[:, ::-1], -source)])
    swapper = NeuralSwapper(loaded(inswapper()), FAMILY)
    alone = [swapper(targets[index : index + 1], rows[index : index + 1])[0] for index in range(3)]
    assert np.abs(swapper(targets, rows).astype(int) - np.stack(alone)).max() <= 1


def test_several_pictures_of_a_person_are_averaged(source):
    row = average(np.concatenate([source, 3 * source]))
    np.testing.assert_allclose(row, 2 * source, rtol=1e-5)


def test_the_map_is_kept_beside_the_file_under_its_digest(tmp_path):
    path = tmp_path / "inswapper_128.onnx"
    onnx.save(inswapper(), path)
    emap = emap_of(path, "a" * 64)
    assert [file.name for file in tmp_path.glob("*.npy")] == ["inswapper_128.aaaaaaaaaaaaaaaa.emap.npy"]
    model = onnx.load(path)
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.zeros(3, np.float32), "appended"))
    onnx.save(model, path)
    np.testing.assert_array_equal(emap_of(path, "a" * 64), emap)
    with pytest.raises(ModelError, match=r"the last initializer is float32 \[3\], not the embedding map"):
        emap_of(path, "b" * 64)


def array_file(array):
    file = BytesIO()
    np.save(file, array)
    return file.getvalue()


def archive(array):
    file = BytesIO()
    np.savez(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:1000],
        lambda _content: b"",
        lambda _content: b"<html>",
        lambda content: content.replace(b"(512, 512)", b"(512, 51)"),
        lambda content: content.replace(b"(512, 512), }     ", b"(512, 99999999999)"),
        lambda _content: array_file(np.zeros(3)),
        lambda _content: array_file(np.full((512, 512), np.nan, np.float32)),
        lambda _content: archive(np.zeros((512, 512), np.float32)),
    ],
)
def test_a_copy_of_the_map_that_is_none_is_made_again(tmp_path, change):
    path = tmp_path / "inswapper_128.onnx"
    onnx.save(inswapper(), path)
    emap = emap_of(path, "a" * 64)
    (kept,) = tmp_path.glob("*.npy")
    kept.write_bytes(change(kept.read_bytes()))
    np.testing.assert_array_equal(emap_of(path, "a" * 64), emap)
    np.testing.assert_array_equal(np.load(kept), emap)


def test_the_map_goes_with_the_model(tmp_path):
    card = load_card("inswapper_128")
    store = Store(tmp_path / "models")
    onnx.save(inswapper(1), tmp_path / "twin.onnx")
    record = store.add(tmp_path / "twin.onnx", card, card.files[0])
    emap_of(store.path(card.files[0]), record.sha256)
    assert len(list(store.folder.glob("*.npy"))) == 1
    store.remove(card)
    assert not list(store.folder.glob("*.npy"))


@pytest.mark.parametrize("content", [b"<!doctype html>", b""])
def test_a_file_that_is_no_network_has_no_map(tmp_path, content):
    path = tmp_path / "inswapper_128.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"inswapper_128\.onnx"):
        read_emap(path)


def test_a_network_with_other_inputs_is_refused(crowd):
    with pytest.raises(ModelError, match=r"takes input\.1, but this kind of model target, source"):
        NeuralSwapper(loaded(arcface()), FAMILY)(patches(*crowd), np.zeros((1, 512), np.float32))
