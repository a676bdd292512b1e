import cv2
import numpy as np
import pytest

from models.analyse import analyse
from models.embeddings import FaceRes


@pytest.fixture(scope="module")
def embedder(models):
    return FaceRes(models.session("faceres"))


def identity(embedder, models, image):
    return embedder.identities(image, analyse(image, models))[0]


def test_vectors_have_length_one_and_a_row_for_each_face(embedder, models, portraits):
    image = np.hstack([portraits["a"], portraits["b"]])
    faces = analyse(image, models)
    vectors = embedder(image, faces)
    assert vectors.shape == (2, 1024)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_no_faces_give_no_rows(embedder, portraits):
    assert embedder(portraits["a"], []).shape == (0, 1024)


@pytest.mark.parametrize("letter", "abc")
def test_one_person_is_like_herself_smaller_darker_and_turned(embedder, models, portraits, letter):
    image = portraits[letter]
    first = identity(embedder, models, image)
    turn = cv2.getRotationMatrix2D((384, 384), 20, 0.5)
    changed = cv2.warpAffine((image * 0.7).astype(np.uint8), turn, (768, 768))
    assert first.model == "faceres"
    assert first.similarity(identity(embedder, models, changed)) > 0.8


def test_two_people_are_less_alike_than_one_person(embedder, models, portraits):
    people = [identity(embedder, models, portraits[letter]) for letter in "abc"]
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert people[i].similarity(people[j]) < 0.75
