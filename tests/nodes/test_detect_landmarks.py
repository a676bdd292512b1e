"""The detect node with landmarks other than the mesh: on twins in a folder of models that answer with known points."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from models import dense106, fan68
from models.align import transform
from models.analyse import analyse
from models.cards import load_card
from models.landmarks import five_points
from models.pose import pose_of
from models.schemes import five_of, pose_of_plane
from models.session import ModelStore
from models.store import Store
from nodes.detect import Detect
from nodes.detect.smooth import Smoother
from nodes.swap import Swap
from runtime.errors import ConfigurationError
from runtime.kinds import Faces, PatchStatus
from tests.models.twins import Graph, painter, scrfd
from tests.nodes.conftest_faces import ASSETS, clip, context_with, frame, run
from tests.nodes.test_detect_models import nearest, pointing_at, shown  # noqa: F401  # a fixture
from tests.nodes.test_swap_network import swap_with

STORE = ModelStore()
COUNT = {"2d106det": 106, "2dfan4": 68}
SCHEME = {"2d106det": dense106.SCHEME, "2dfan4": fan68.SCHEME}
MESH = {  # where the mesh has the points that are looked at
    "2d106det": {33: 145, 35: 33, 40: 159, 39: 133, 87: 374, 89: 362, 94: 386, 93: 263, 86: 1, 52: 61, 61: 291,
                 72: 168, 80: 2, 0: 152},
    "2dfan4": {27: 168, 30: 1, 33: 2, 36: 33, 37: 160, 38: 158, 39: 133, 40: 153, 41: 144, 42: 362, 43: 385,
               44: 387, 45: 263, 46: 373, 47: 380, 48: 61, 54: 291, 8: 152},
}  # fmt: skip


def dense_of(model, face):
    """The points of another scheme on a face that has a mesh; those that nobody looks at lie on the nose."""
    points = np.repeat(face.landmarks.points[1:2, :2], COUNT[model], 0)
    for index, mesh in MESH[model].items():
        points[index] = face.landmarks.points[mesh, :2]
    return points


def constant(model, points, face, sure=1.0):
    """A twin that puts these points on this face, whatever it is shown."""
    graph = Graph()
    if model == "2d106det":
        values = transform(points, dense106._crop(face.box)) / 96 - 1
        flat = graph.node("Flatten", graph.node("AveragePool", "data", kernel_shape=[192, 192]))
        graph.node("Gemm", flat, np.zeros((3, 212), np.float32), values.ravel(), out="fc1")
        return graph.model({"data": ["n", 3, 192, 192]}, {"fc1": ["n", 212]})
    values = np.pad(transform(points, fan68._crop(face)) / 4, ((0, 0), (0, 1)))
    mean = graph.node("AveragePool", "input", kernel_shape=[256, 256])
    mean = graph.node("Slice", mean, np.array([0]), np.array([1]), np.array([1]))
    zero = graph.node("Mul", graph.node("Reshape", mean, np.array([-1, 1, 1])), np.float32(0))
    graph.node("Add", zero, values[None], out="landmarks_xyscore")
    four = graph.node("Unsqueeze", zero, np.array([3]))
    graph.node("Add", four, np.full((1, 68, 64, 64), 0.9 * sure), out="heatmaps")
    return graph.model(
        {"input": ["n", 3, 256, 256]}, {"landmarks_xyscore": ["n", 68, 3], "heatmaps": ["n", 68, 64, 64]}
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Puts twins into a folder of models; returns a node's context that has it."""
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))

    def put(**twins):
        for name, twin in twins.items():
            card = load_card(name)
            onnx.save(twin, tmp_path / "twin.onnx")
            Store().add(tmp_path / "twin.onnx", card, card.files[0])
        return context_with(ModelStore())

    return put


@pytest.mark.parametrize("model", COUNT)
def test_landmarks_of_a_scheme_come_with_five_points_and_pose(shown, folder, model):  # noqa: F811
    image, face = shown
    points = dense_of(model, face)
    context = folder(**{"scrfd_10g": scrfd(pointing_at(face)), model: constant(model, points, face)})
    found = nearest(Detect(context, model="scrfd_10g", landmarks=model)(frame(image)), face)
    assert found.landmarks.scheme == SCHEME[model]
    np.testing.assert_allclose(found.landmarks.points, points, atol=0.3)
    np.testing.assert_allclose(found.box, face.box, atol=0.1)
    np.testing.assert_allclose(found.points, five_of(SCHEME[model], points), atol=0.3)
    assert np.abs(found.points - face.points).max() < 0.05 * face.size
    for name in ("yaw", "pitch", "roll"):
        assert abs(getattr(found.pose, name) - getattr(face.pose, name)) < 8


@pytest.mark.parametrize(("model", "wrong"), [("2d106det", "elsewhere"), ("2dfan4", "elsewhere"), ("2dfan4", "unsure")])
def test_where_landmarks_cannot_be_trusted_the_detectors_points_stay(shown, folder, model, wrong):  # noqa: F811
    image, face = shown
    points = dense_of(model, face) + (0.5 * face.size if wrong == "elsewhere" else 0)
    twin = constant(model, points.astype(np.float32), face, sure=0.3 if wrong == "unsure" else 1.0)
    context = folder(**{"scrfd_10g": scrfd(pointing_at(face)), model: twin})
    found = nearest(Detect(context, model="scrfd_10g", landmarks=model)(frame(image)), face)
    assert found.landmarks is None
    np.testing.assert_allclose(found.points, face.points, atol=0.1)


@pytest.mark.parametrize("model", COUNT)
def test_a_face_is_followed_with_smoothing_and_keeps_its_number(shown, folder, model):  # noqa: F811
    image, face = shown
    bare = nearest(Detect(context_with(STORE), landmarks=None)(frame(image)), face)
    node = Detect(folder(**{model: constant(model, dense_of(model, face), bare)}), landmarks=model)
    changed = [image.copy() for _ in range(4)]
    for index, one in enumerate(changed):
        one[-1, -1] = index
    answers = [nearest(faces, face) for faces in run(node, changed)]
    assert len({found.track for found in answers}) == 1
    assert [len(found.landmarks.points) for found in answers] == [COUNT[model]] * 4


def test_the_smoother_begins_anew_with_another_number_of_points():
    smooth = Smoother()
    first, other = np.zeros((7, 2), np.float32), np.ones((108, 2), np.float32)
    for points in (first, other, other, first):
        np.testing.assert_allclose(smooth(points, 1 / 30, 0.5), points, atol=1e-6)


@pytest.mark.parametrize("model", COUNT)
def test_pose_without_depth_is_near_the_meshs(model):
    differences = []
    for image in list(clip(240))[::12]:
        face = analyse(image, STORE)[0]
        mine, theirs = pose_of_plane(SCHEME[model], dense_of(model, face)), pose_of(face.landmarks.points)
        differences.append([mine.yaw - theirs.yaw, mine.pitch - theirs.pitch, mine.roll - theirs.roll])
    assert np.abs(differences).mean(0).max() < 5
    assert np.allclose(five_points(face.landmarks.points), five_of(SCHEME[model], dense_of(model, face)), atol=4)


def test_a_network_swaps_with_them_and_the_mesh_says_what_it_needs(shown):  # noqa: F811
    image, face = shown
    points = dense_of("2d106det", face)
    marked = replace(face, landmarks=replace(face.landmarks, scheme=dense106.SCHEME, points=points))
    picture = str(ASSETS / "source_a.jpg")
    patch = swap_with("hyperswap_1a_256", painter(256, gain=0), picture)(frame(image), Faces((marked,)))[0]
    assert patch.status is PatchStatus.SWAPPED
    mesh = Swap(context_with(STORE), model="mesh", face=picture)
    with pytest.raises(ConfigurationError) as caught:
        mesh(frame(image), Faces((marked,)))
    assert str(caught.value) == (
        "swap with `model: mesh` takes facemesh's landmarks, and these are dense106: "
        "set `landmarks: facemesh` in detect, or take a network as swap's model"
    )
