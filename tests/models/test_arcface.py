"""ArcFace against InsightFace's own class on the same file."""

import warnings

import cv2
import numpy as np
import onnx
import pytest

from models.analyse import analyse
from models.arcface import ArcFace, normed
from tests.models.twins import arcface, loaded


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    path = tmp_path_factory.mktemp("arcface") / "w600k_r50.onnx"
    onnx.save(arcface(), path)
    return path


@pytest.fixture(scope="module")
def embedder(twin):
    return ArcFace(loaded(onnx.load(twin)))


@pytest.fixture(scope="module")
def crowd(portraits, models):
    image = cv2.resize(np.hstack([portraits[letter] for letter in "abc"]), None, fx=0.5, fy=0.5)
    return image, analyse(image, models).items


def reference(path, image, faces):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from insightface.app.common import Face as Theirs
        from insightface.model_zoo.arcface_onnx import ArcFaceONNX

        network = ArcFaceONNX(str(path))
        return np.stack([network.get(image, Theirs(kps=face.points)) for face in faces])


def test_vectors_are_those_of_insightface(twin, embedder, crowd):
    image, faces = crowd
    theirs, ours = reference(twin, image, faces), embedder.raw(image, faces)
    assert ours.shape == (3, 512)
    assert (normed(ours) * normed(theirs)).sum(1).min() > 0.9999
    np.testing.assert_allclose(np.linalg.norm(ours, axis=1), np.linalg.norm(theirs, axis=1), rtol=0.01)


def test_the_comparison_would_see_a_wrong_order_of_colours(twin, embedder, crowd):
    image, faces = crowd
    theirs = reference(twin, image[..., ::-1], faces)
    assert (embedder(image, faces) * normed(theirs)).sum(1).max() < 0.99


def test_several_faces_in_one_run_are_as_one_by_one(embedder, crowd):
    image, faces = crowd
    alone = np.concatenate([embedder(image, [face]) for face in faces])
    np.testing.assert_allclose(embedder(image, faces), alone, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1, rtol=1e-5)


def test_identities_carry_the_name_of_their_model(twin, crowd):
    image, faces = crowd
    found = ArcFace(loaded(onnx.load(twin)), "w600k_mbf").identities(image, faces[:1])
    assert [identity.model for identity in found] == ["w600k_mbf"]


def test_no_faces_give_no_rows(embedder, portraits):
    assert embedder(portraits["a"], []).shape == (0, 512)
