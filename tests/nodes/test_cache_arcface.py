"""The cache with ArcFace, on twins in a folder of models: what it makes, and that nothing of another model is mixed in."""

import logging
from dataclasses import replace

import numpy as np
import onnx
import pytest

from models.arcface import ArcFace
from models.cards import load_card
from models.people import PeopleStore, SavedPerson
from models.recognisers import LIMITS, Limits, recogniser
from models.session import ModelStore
from models.store import Store
from nodes.cache import Cache
from nodes.cache.gallery import Gallery, Person
from nodes.cache.known import KnownPeople
from nodes.detect import Detect
from runtime.errors import StreamError
from runtime.kinds import Faces, Identity
from tests.models.twins import arcface, loaded
from tests.nodes.conftest_faces import ASSETS, context_with, frame, scene

NAMES = ("arcface_w600k_r50", "arcface_w600k_mbf")


@pytest.fixture(autouse=True)
def context(tmp_path, monkeypatch):
    """A node's context with both recognisers in the folder of models, and nobody saved."""
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("DLC_FACES", str(tmp_path / "faces"))
    onnx.save(arcface(), tmp_path / "twin.onnx")
    for name in NAMES:
        card = load_card(name)
        Store().add(tmp_path / "twin.onnx", card, card.files[0])
    return context_with(ModelStore())


def shown(context):
    image = scene(("a", 40, 60, 400))
    return frame(image), Detect(context)(frame(image))


@pytest.mark.parametrize("name", NAMES)
def test_a_faces_identity_is_arcfaces_and_says_so(context, name):
    picture, faces = shown(context)
    known = Cache(context, identity=name, people=[str(ASSETS / "source_a.jpg")])(picture, faces)[0]
    assert known.identity.model == name
    expected = ArcFace(loaded(arcface()))(picture.image, faces.items[:1])[0]
    np.testing.assert_allclose(known.identity.vector, expected, atol=1e-5)
    assert known.person == "source_a"


def test_each_model_has_limits_of_its_own(context):
    assert LIMITS["faceres"] == Limits(same=0.6, other=0.5)
    assert {LIMITS[name] for name in NAMES} == {Limits(same=0.28, other=0.2)}
    network = recogniser(NAMES[0], context.models)
    anna = np.eye(1, 512, dtype=np.float32)
    known = KnownPeople(context, [str(ASSETS / "source_a.jpg")], network)
    known._vectors["source_a"] = anna  # a vector whose cosines are known
    for cosine, name, sure in ((0.3, "source_a", True), (0.24, None, False), (0.1, None, True)):
        person = Person(np.array([[cosine, np.sqrt(1 - cosine**2), *[0] * 510]], np.float32))
        assert (known.name(person), known.is_sure(person)) == (name, sure)
        identity = Identity(NAMES[0], anna[0].copy())
        matches = {
            model: Gallery(3, LIMITS[model], {7: person}).matches(identity, [7]) for model in ("faceres", NAMES[0])
        }
        assert list(matches["faceres"]) == []
        assert list(matches[NAMES[0]]) == ([7] if cosine == 0.3 else [])


def test_who_was_saved_with_another_model_is_refused_with_what_to_do(context):
    PeopleStore().save(SavedPerson("ben", np.eye(1, 1024, dtype=np.float32), np.zeros(4, np.uint8)))
    with pytest.raises(StreamError) as caught:
        Cache(context, identity=NAMES[1], people=["ben"])
    assert str(caught.value) == (
        "ben was saved with embeddings of faceres, which cannot be compared with those of arcface_w600k_mbf: "
        "use `identity: faceres`, or pictures instead of the name"
    )


def test_a_file_of_another_models_identities_is_left_as_it_is(context, tmp_path, caplog):
    file = tmp_path / "seen.identities"
    first = Cache(context, remember=str(file))
    first(*shown(context))
    first.close()
    before = file.read_bytes()
    assert before.startswith(b"dlc identities-faceres ")
    with caplog.at_level(logging.WARNING):
        other = Cache(context, identity=NAMES[0], remember=str(file))
    assert "holds identities of faceres, which cannot be compared with those of arcface_w600k_r50" in caplog.text
    assert "it stays as it is, and nothing is remembered" in caplog.text
    other(*shown(context))
    other.close()
    assert file.read_bytes() == before


def test_what_is_remembered_by_arcface_is_known_again(context, tmp_path):
    file = tmp_path / "seen.identities"
    picture, faces = shown(context)
    for track, expected in ((5, 5), (7, 0)):
        cache = Cache(context, identity=NAMES[0], remember=str(file))
        tracked = Faces(tuple(replace(face, track=track) for face in faces))
        assert [face.track for face in cache(picture, tracked)] == [expected]
        cache.close()
    assert file.read_bytes().startswith(b"dlc identities-arcface_w600k_r50 ")
