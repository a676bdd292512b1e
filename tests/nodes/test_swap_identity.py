"""How much of the source's identity goes in: on a twin that shows the first three numbers that it is told as a colour."""

from dataclasses import replace

import numpy as np
import pytest

from commands.common import node_table
from models.analyse import analyse
from models.arcface import ArcFace, normed
from models.session import ModelStore
from nodes.cache import Cache
from nodes.swap import Swap
from runtime.document import parse_document
from runtime.errors import ConfigurationError
from runtime.kinds import Faces, Frame, Identity
from runtime.live_settings import Controls
from runtime.loading import check_document
from tests.models.twins import arcface, loaded, painter
from tests.nodes.conftest_faces import ASSETS, clip, context_with, portrait

STORE = ModelStore()
INNER = np.s_[64:192, 64:192]
TWINS = {"hyperswap_1a_256": painter(256), "arcface_w600k_r50": arcface()}


class Models:
    """The bundled models, and twins of a swapper and of the recogniser that it needs."""

    def session(self, name):
        return loaded(TWINS[name]) if name in TWINS else STORE.session(name)


@pytest.fixture(scope="module")
def demo():
    """A frame of the demo clip, with its face on a track."""
    image = list(clip(40))[-1]
    return Frame(image, seq=3), Faces(tuple(replace(face, track=0) for face in analyse(image, STORE)))


@pytest.fixture(scope="module")
def source():
    """ArcFace's vector of the source person, at length 1."""
    image = portrait("a")
    return ArcFace(loaded(TWINS["arcface_w600k_r50"]))(image, analyse(image, STORE).items[:1])[0]


@pytest.fixture
def swap():
    return Swap(context_with(Models()), model="hyperswap_1a_256", face=str(ASSETS / "source_a.jpg"))


def told(patch):
    """The first three numbers that the twin was told."""
    shift = (patch.image.astype(int) - patch.target)[INNER].reshape(-1, 3).mean(0)
    return shift[::-1] / 127.5


def known(demo, vector=None, **changes):
    """The frame's face with an identity of its own."""
    vector = np.eye(1, 512, dtype=np.float32)[0] if vector is None else vector
    frame, faces = demo
    face = replace(faces[0], identity=Identity("arcface_w600k_r50", vector), **changes)
    return frame, Faces((face,))


@pytest.mark.parametrize("weight", [0.65, 0.8, 1.0, 1.35])
def test_the_network_is_told_of_a_mix_with_what_the_cache_knows_of_the_face(demo, source, swap, weight):
    frame, faces = demo
    faces = Cache(context_with(Models()), identity="arcface_w600k_r50")(frame, faces)
    own = faces[0].identity.vector
    assert abs(float(own @ source)) < 0.999
    mix = normed(weight * source + (1 - weight) * own)
    np.testing.assert_allclose(told(swap(frame, faces, identity_weight=weight)[0]), mix[:3], atol=0.01)


def test_a_face_that_nobody_knows_gets_all_of_the_source(demo, source, swap):
    np.testing.assert_allclose(told(swap(*demo, identity_weight=0.65)[0]), source[:3], atol=0.01)
    frame, faces = known(demo)
    other = replace(faces[0], identity=Identity("faceres", np.eye(1, 1024, dtype=np.float32)[0]))
    np.testing.assert_allclose(told(swap(frame, Faces((other,)), identity_weight=0.65)[0]), source[:3], atol=0.01)


def test_while_it_is_not_sure_who_a_face_is_it_keeps_the_mix_that_it_had(demo, swap):
    sure = told(swap(*known(demo), identity_weight=0.65)[0])
    frame, faces = demo
    unsure = told(swap(replace(frame, seq=4), faces, identity_weight=0.65)[0])
    np.testing.assert_allclose(unsure, sure, atol=0.002)


def test_a_face_that_looks_as_it_did_is_made_anew_for_another_weight_or_once_it_is_known(demo, swap):
    frame, faces = demo
    swap(frame, faces, identity_weight=0.65)
    again = replace(frame, seq=4)
    met = told(swap(*known((again, faces), same_as=3), identity_weight=0.65)[0])
    further = told(swap(*known((again, faces), same_as=3), identity_weight=1.35)[0])
    assert met[0] > 0.3  # the twin's target has all its length in the first number
    assert further[0] < 0
    swap(*known((again, faces), same_as=3), identity_weight=1.35)
    assert (swap.counters()["swaps"], swap.counters()["reuses"]) == (3, 1)


GRAPH = """\
mode: file
nodes:
  picture: {{type: source, uri: "demo:"}}
  faces: {{type: detect, in: picture}}
  known: {{type: cache, in: [picture, faces], identity: {identity}}}
  swapped: {{type: swap, in: [picture, known], model: {model}, face: {face}, identity_weight: {weight}}}
  composite: {{type: blend, in: [picture, swapped]}}
  written: {{type: sink, in: composite, to: "null:"}}
"""


def checked(folder, identity="arcface_w600k_r50", model="hyperswap_1a_256", weight=0.8):
    text = GRAPH.format(identity=identity, model=model, weight=weight, face=ASSETS / "source_a.jpg")
    return check_document(parse_document(text, folder / "g.yaml"), node_table())


def complaints(found):
    return [item.message for item in found.diagnostics if item.code == "unsuited-input"]


@pytest.mark.parametrize(
    ("identity", "model", "said"),
    [
        ("null", "inswapper_128", "mixes with the faces' own identities of arcface_w600k_r50, and known gives none"),
        ("faceres", "ghost_1_256", "mixes with the faces' own identities of arcface_w600k_r50, and known gives those of faceres"),
        ("arcface_w600k_mbf", "simswap_256", "mixes with the faces' own identities of arcface_w600k_r50, and known gives those of arcface_w600k_mbf"),
        ("arcface_w600k_r50", "mesh", "mesh is not told of a person by a vector that could be mixed with another"),
        ("arcface_w600k_r50", "uniface_256", "uniface_256 is not told of a person by a vector that could be mixed with another"),
    ],
)  # fmt: skip
def test_a_weight_that_has_nothing_to_mix_with_is_told_when_the_graph_is_checked(tmp_path, identity, model, said):
    found = checked(tmp_path, identity, model)
    assert complaints(found) == [f"identity_weight of swapped: {said}"]
    item = next(item for item in found.diagnostics if item.code == "unsuited-input")
    assert (item.mark.line, item.mark.text[item.mark.column - 1 :]) == (6, "0.8}")
    assert complaints(checked(tmp_path, identity, model, 1)) == []


def test_what_can_be_mixed_is_no_error(tmp_path):
    assert complaints(checked(tmp_path)) == []


def test_a_weight_with_nothing_to_mix_is_refused_while_the_graph_runs_too(tmp_path):
    graph = checked(tmp_path, "faceres", "mesh", 1).unwrap()
    controls = Controls(graph)
    with pytest.raises(
        ConfigurationError, match=r"^identity_weight of swapped: mesh is not told of a person by a vector"
    ):
        controls.set("swapped", "identity_weight", 0.8)
    assert controls.current.of["swapped"]["identity_weight"] == 1
