"""The swap node with DFM files, on twins that darken blue: alignment, masks, morph, and where the file comes from."""

import warnings
from dataclasses import replace

import numpy as np
import onnx
import pytest

from commands.common import node_table
from models.align import similarity, template
from models.analyse import analyse
from models.recognise import recognise
from models.session import ModelStore
from models.store import Store
from nodes.blend import blend
from nodes.swap import Swap
from runtime.errors import GraphError, ModelError
from runtime.kinds import Faces, Frame, PatchStatus
from runtime.loading import load_graph
from tests.models.twins import arcface, dfm
from tests.nodes.conftest_faces import ASSETS, context_with, scene

STORE = ModelStore()
FACE = str(ASSETS / "source_b.jpg")


@pytest.fixture(scope="module")
def crowd():
    """A picture of two people, and their faces."""
    image = scene(("a", 20, 20, 500), ("b", 620, 200, 300))
    return Frame(image, seq=0), analyse(image, STORE)


@pytest.fixture
def tom(tmp_path):
    """The path of a DFM file."""
    path = tmp_path / "tom.dfm"
    onnx.save(dfm(224, morphs=True), path)
    return path


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The user's folder of models."""
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))
    return Store()


def imported(store, path):
    known = recognise(path, [])
    store.add(path, known.card, known.file)


def swap(model):
    return Swap(context_with(ModelStore()), model=str(model))


def test_a_path_swaps_every_face_to_the_trained_person(crowd, tom):
    frame, faces = crowd
    patches = swap(tom)(frame, faces, morph=1.0)
    assert [patch.status for patch in patches] == [PatchStatus.SWAPPED] * 2
    for patch, face in zip(patches, faces, strict=True):
        np.testing.assert_allclose(patch.to_patch, similarity(face.points, template("dfl_whole_face", 224)))
        assert (patch.template, patch.source, len(patch.image)) == ("dfl_whole_face", "tom", 224)
        expected = np.clip(patch.target.astype(int) - (51, 0, 0), 0, 255)
        assert np.abs(patch.image - expected).max() <= 1


@pytest.mark.parametrize(("morph", "darker"), [(0.0, 0), (0.5, 25.5), (1.0, 51)])
def test_the_morph_is_the_files(crowd, tom, morph, darker):
    frame, faces = crowd
    patch = swap(tom)(frame, faces, morph=morph)[0]
    bright = patch.target[..., 0] > 60
    assert (patch.target[..., 0].astype(int) - patch.image[..., 0])[bright].mean() == pytest.approx(darker, abs=1)


def test_the_files_masks_are_in_the_patch_and_let_the_rest_through(crowd, tom):
    """The twin takes for face what is green and what is red: its mask is the smaller of the two."""
    frame, faces = crowd
    patch = swap(tom)(frame, faces)[0]
    assert set(patch.masks) == {"shape", "model"}
    own, seen = patch.masks["model"], patch.target[..., 1:].min(2)
    assert np.corrcoef(own[30:-30, 30:-30].ravel(), seen[30:-30, 30:-30].ravel())[0, 1] > 0.8
    assert not own[[0, -1]].any()
    assert (patch.masks["shape"] >= own).all()


@pytest.mark.parametrize("landmarks", [True, False])
def test_a_mask_that_leaves_most_of_the_face_bare_does_not_clear_the_picture(tmp_path, landmarks):
    onnx.save(dfm(224), tmp_path / "blind.dfm")
    blue = scene(("a", 20, 20, 500))
    faces = analyse(blue, STORE)
    blue[..., 1:] = 0  # nothing that the twin takes for face
    if not landmarks:
        faces = Faces(tuple(replace(face, landmarks=None) for face in faces))
    frame = Frame(blue, seq=0)
    patches = swap(tmp_path / "blind.dfm")(frame, faces)
    assert patches[0].status is PatchStatus.SWAPPED
    assert not blend(frame, patches).cleared


def test_a_swapped_picture_is_cleared(crowd, tom):
    frame, faces = crowd
    white = Frame(np.clip(frame.image.astype(int) + 150, 0, 255).astype(np.uint8), seq=0)
    assert blend(white, swap(tom)(white, faces)).cleared


def test_eyes_and_mouth_may_be_kept(crowd, tom):
    assert swap(tom)(*crowd, keep_mouth=1.0)[0].masks["features"].min() < 60


def test_a_face_that_has_not_changed_keeps_its_patch_until_the_morph_changes(crowd, tom):
    frame, faces = crowd
    node = swap(tom)
    first = node(frame, Faces((replace(faces[0], track=1),)))[0]
    still = Faces((replace(faces[0], track=1, same_as=0),))
    assert node(replace(frame, seq=1), still)[0].image is first.image
    assert node(replace(frame, seq=2), still, morph=0.1)[0].image is not first.image


def test_an_imported_file_has_a_name(crowd, tom, models):
    imported(models, tom)
    tom.unlink()
    frame, faces = crowd
    assert [patch.source for patch in swap("dfm:tom")(frame, faces)] == ["tom"] * 2
    assert [card.name for card in models.own()] == ["dfm:tom"]


def test_an_imported_file_is_refused_when_it_has_changed(tom, models):
    imported(models, tom)
    kept = models.folder / "tom.dfm"
    kept.write_bytes(kept.read_bytes() + b"\0")
    with pytest.raises(ModelError, match=r"not the one of its card.*get it with: dlc\.py models import tom\.dfm"):
        swap("dfm:tom")


def test_a_network_of_another_kind_is_told(tmp_path):
    onnx.save(arcface(), tmp_path / "x.dfm")
    with pytest.raises(ModelError, match=r"x\.dfm: it takes input\.1"):
        swap(tmp_path / "x.dfm")


def test_what_is_no_network_is_told(tmp_path):
    (tmp_path / "x.dfm").write_bytes(b"<html>")
    with pytest.raises(ModelError, match=r"x\.dfm: is no ONNX model"):
        swap(tmp_path / "x.dfm")


GRAPH = """
mode: file
nodes:
  video:     {{type: source, uri: "demo:"}}
  faces:     {{type: detect, in: video}}
  swapped:   {{type: swap,   in: [video, faces], {settings}}}
  composite: {{type: blend,  in: [video, swapped]}}
  written:   {{type: sink,   in: composite, to: "null:"}}
"""


def told(tmp_path, settings):
    """What is said about a graph whose swap has these settings."""
    (tmp_path / "graph.yaml").write_text(GRAPH.format(settings=settings))
    try:
        load_graph(tmp_path / "graph.yaml", node_table())
    except GraphError as error:
        return [(found.code.value, found.message, found.help) for found in error.diagnostics]
    return []


def test_a_graph_names_a_file_beside_it_and_no_face(tmp_path, tom):
    assert told(tmp_path, "model: tom.dfm") == []


@pytest.mark.parametrize(
    ("settings", "code", "message", "help_text"),
    [
        ("model: mesh", "missing-setting", "swapped needs the setting 'face'",
         "every model but a DFM file takes a picture of the source person"),
        (f"model: tom.dfm, face: {FACE}", "bad-value", "face of swapped: not with a DFM file, which has learnt one person",
         ""),
        ("model: tom.dfm, size_px: 256", "bad-value", "size_px of swapped: not with a DFM file, which has one side", ""),
        (f"model: tom.dfm, map: {{anna: {FACE}}}", "bad-value",
         "map of swapped: not with a DFM file, which makes everybody the same person", ""),
        ("model: 'dfm:ben'", "missing-model", "the model dfm:ben is not here",
         "get it with: python dlc.py models import ben.dfm"),
        ("model: tm.dfm", "missing-file", "there is no file", "did you mean 'tom.dfm'?"),
    ],
)  # fmt: skip
def test_what_does_not_go_with_a_dfm_file_is_told_at_check_time(
    tmp_path, tom, models, settings, code, message, help_text
):
    ((found, said, hint),) = told(tmp_path, settings)
    assert (found, hint) == (code, help_text)
    assert said.startswith(message)


def test_a_word_that_is_no_model_is_answered_with_the_models(tmp_path, models):
    ((code, message, help_text),) = told(tmp_path, f"model: inswaper_128, face: {FACE}")
    assert code == "not-a-choice"
    assert "inswapper_128" in message
    assert help_text == "did you mean 'inswapper_128'?"


def test_a_file_that_keeps_its_weights_elsewhere_is_never_opened(tmp_path):
    model = dfm(224)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        onnx.save(model, tmp_path / "x.dfm", save_as_external_data=True, location="weights", size_threshold=0)
    with pytest.raises(ModelError, match="keeps its weights in other files"):
        swap(tmp_path / "x.dfm")
