"""The swap node with the mesh swapper, on the demo clip and on the portraits, with the real networks."""

from __future__ import annotations

import logging
import struct
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from models.align import transform
from models.analyse import analyse
from models.crop import cut
from models.embeddings import FaceRes
from models.landmarks import INNER_LIPS, LEFT_EYE, OVAL, RIGHT_EYE, five_points
from models.session import ModelStore
from models.swappers import Keep, MeshSwapper
from nodes.blend import blend
from nodes.swap import Swap
from nodes.swap.aligned import cut_smoothly
from nodes.swap.following import Following, side_for
from nodes.swap.gallery import Gallery, Picture
from runtime.errors import DlcError
from runtime.kinds import Face, Faces, Frame, Landmarks, Patches, PatchStatus, Pose
from runtime.settings import checked, paths_in
from runtime.signature import spec_of
from tests.nodes.conftest_faces import ASSETS, clip, context_with, portrait, scene, truth

STORE = ModelStore()
CONTEXT = context_with(STORE)
NETWORK = FaceRes(STORE.session("faceres"))
STEP = 12


def source(letter):
    return str(ASSETS / f"source_{letter}.jpg")


@pytest.fixture(scope="module")
def swaps():
    return {letter: Swap(CONTEXT, face=source(letter)) for letter in "abc"}


@pytest.fixture(scope="module")
def frames():
    """Every twelfth frame of the demo clip with its faces and its row of truth."""
    rows = truth()
    images = list(clip())[::STEP]
    shots = []
    for index, image in enumerate(images):
        frame = Frame(image, seq=index * STEP, time=index * STEP / 30)
        shots.append((frame, analyse(image, STORE), rows[index * STEP]))
    return shots


@pytest.fixture(scope="module")
def demo(frames):
    return frames[3][0], frames[3][1]


def embedding(image, faces):
    return NETWORK(image, faces.items[:1])[0]


def swapped(swap, image, **settings):
    """Returns a picture's faces, their patches, and the picture with them."""
    faces, frame = analyse(image, STORE), Frame(image.copy(), seq=0)
    patches = swap(frame, faces, **settings)
    return faces, patches, blend(frame, patches)


def inside(image, points, grow=0.0):
    """True within a group of landmarks of the frame, grown about its middle."""
    corners = points[:, :2] + (points[:, :2] - points[:, :2].mean(0)) * grow
    mask = np.zeros(image.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], 1)
    return mask.astype(bool)


def test_its_signature_is_an_ordered_node():
    spec = spec_of(Swap)
    assert spec.ordered
    assert [port.name for port in spec.ports] == ["frame", "faces"]
    assert set(spec.fixed.model_fields) == {"model", "face", "size_px", "map", "others"}
    assert spec.live().model_dump() == {
        "opacity": 1.0, "keep_eyes": None, "keep_mouth": None, "keep_brows": 0.0,
        "eye_colour": 1.0, "keep_detail": 0.0, "settle_ms": 100, "morph": 0.75, "which": "all", "identity_weight": 1.0,
    }  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_the_result_is_nearer_to_the_source_than_to_the_target(swaps, frames, letter):
    """By the embedding of the blended frame, against the portrait and the bare face of the same frame."""
    image = portrait(letter)
    goal = embedding(image, analyse(image, STORE))
    wins = [
        float(new @ goal) > float(new @ embedding(frame.image, faces))
        for frame, faces, _ in frames
        for new in [embedding(blend(frame, swaps[letter](frame, faces)).image, faces)]
    ]
    assert np.mean(wins) >= 0.95


def test_the_features_of_the_result_lie_where_the_target_has_them(swaps, frames):
    """Five points found in the swapped picture, against the truth of the clip: mean below 4 % of the face's width."""
    errors = []
    for frame, faces, row in frames[::3]:
        found = analyse(blend(frame, swaps["b"](frame, faces)).image, STORE)[0]
        width = row["face_box"][2] - row["face_box"][0]
        errors.append(np.linalg.norm(five_points(found.landmarks.points) - row["five"], axis=1).mean() / width)
    assert np.mean(errors) < 0.04


def beyond(image, face):
    """True further from the oval than 8 % of the face's size."""
    side = 2 * round(0.08 * face.size) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    oval = inside(image, face.landmarks.points[list(OVAL)])
    return ~cv2.dilate(oval.astype(np.uint8), kernel).astype(bool)


def test_nothing_changes_outside_the_face(swaps, frames):
    for frame, faces, _ in frames[::4]:
        result = blend(frame, swaps["c"](frame, faces)).image
        outside = beyond(frame.image, faces[0])
        assert (result[outside] == frame.image[outside]).all()


def test_it_leaves_no_dark_edge(swaps, frames):
    """At the rim of the face, where patch and frame meet, no pixel falls far below both neighbours of its blur."""
    for letter in "abc":
        frame, faces, _ = frames[0]
        result = blend(frame, swaps[letter](frame, faces)).image
        oval = faces[0].landmarks.points[list(OVAL)]
        rim = inside(frame.image, oval, 0.02) & ~inside(frame.image, oval, -0.12)
        ratio = (result[rim].astype(float) + 8) / (frame.image[rim].astype(float) + 8)
        assert np.percentile(ratio, 1) > 0.6


def test_eyes_and_inner_mouth_are_the_target_s(swaps, frames):
    """Bit for bit in their middle, but for the colour of the eyes; and with the settings at 0 they are the source's."""
    frame, faces, _ = max(frames, key=lambda shot: shot[2]["jaw_open"])
    points = faces[0].landmarks.points
    kept = blend(frame, swaps["a"](frame, faces, eye_colour=0.0)).image
    taken = blend(frame, swaps["a"](frame, faces, keep_eyes=0.0, keep_mouth=0.0)).image
    for group in (LEFT_EYE, RIGHT_EYE, INNER_LIPS):
        middle = inside(frame.image, points[list(group)], -0.5)
        assert middle.sum() > 4
        assert np.abs(kept[middle].astype(int) - frame.image[middle]).mean() < 1.5
        assert np.abs(taken[middle].astype(int) - frame.image[middle]).mean() > 8


@pytest.mark.parametrize("gain", [1.0, 0.25])
@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_the_light_is_the_target_s(swaps, demo, letter, gain):
    """Mean colour of the left and of the right half of the face stay within 12 %, also in a dark picture."""
    image = cv2.convertScaleAbs(demo[0].image, alpha=gain)
    faces = demo[1]
    result = blend(Frame(image), swaps[letter](Frame(image), faces)).image
    points = faces[0].landmarks.points
    face = inside(image, points[list(OVAL)], -0.15)
    x = np.arange(image.shape[1])[None] < points[1, 0]
    for half in (face & x, face & ~x):
        new, old = result[half].mean(0), image[half].mean(0)
        assert np.abs(new / old - 1).max() < 0.12


@pytest.mark.parametrize("target", ["a", "b", "c"])
@pytest.mark.parametrize("letter", ["a", "b", "c"])
def test_portraits_as_targets(swaps, letter, target):
    """Each person over each other one is nearer to the source, and keeps the skin tone of the target's neck."""
    if letter == target:
        return
    image, wanted = portrait(target), portrait(letter)
    faces, _, result = swapped(swaps[letter], image)
    new = embedding(result.image, faces)
    assert result.cleared
    assert new @ embedding(wanted, analyse(wanted, STORE)) > new @ embedding(image, faces)
    face = inside(image, faces[0].landmarks.points[list(OVAL)], -0.2)
    assert np.abs(result.image[face].mean(0) / image[face].mean(0) - 1).max() < 0.12


def rolled(image):
    turn = cv2.getRotationMatrix2D((480, 270), 30, 1)
    return cv2.warpAffine(image, turn, (960, 540), borderMode=cv2.BORDER_REPLICATE)


HARD = {
    "two faces": (lambda: scene(("a", 60, 60, 400), ("b", 500, 60, 400)), "c", 2),
    "a face of 60 px": (lambda: scene(("a", 300, 200, 130)), "b", 1),
    "a face that fills the picture": (lambda: portrait("c")[140:620, 190:580], "a", 1),
    "a face cut by the left border": (lambda: portrait("b")[:, 330:], "a", 1),
    "a face cut by the upper border": (lambda: portrait("a")[230:], "b", 1),
    "a head that is rolled by 30 degrees": (lambda: rolled(next(clip(1))), "b", 1),
    "a dark picture": (lambda: cv2.convertScaleAbs(next(clip(1)), alpha=0.25), "a", 1),
    "4:3": (lambda: next(clip(1))[:, 120:840], "b", 1),
    "an upright picture": (lambda: next(clip(1))[:, 330:640], "c", 1),
}


@pytest.mark.parametrize(("make", "letter", "count"), HARD.values(), ids=HARD.keys())
def test_hard_pictures(swaps, make, letter, count):
    """Each face is swapped, changed for the source, and nothing but faces changes."""
    image = np.ascontiguousarray(make())
    faces, patches, result = swapped(swaps[letter], image)
    assert len(faces) == len(patches) == count
    assert result.cleared
    wanted = portrait(letter)
    goal = embedding(wanted, analyse(wanted, STORE))
    before, after = NETWORK(image, faces.items) @ goal, NETWORK(result.image, faces.items) @ goal
    assert (after > before + 0.05).all()
    outside = np.all([beyond(image, face) for face in faces], axis=0)
    assert (result.image[outside] == image[outside]).all()


def test_patches_come_in_the_order_of_the_faces_and_know_their_place(swaps):
    image = scene(("a", 60, 60, 400), ("b", 500, 60, 400))
    faces, patches, _ = swapped(swaps["c"], image)
    for face, patch in zip(faces, patches, strict=True):
        assert patch.face is face
        assert (patch.source, patch.template) == ("source_c", "mesh_face")
        side = len(patch.image)
        assert patch.image.shape == patch.target.shape == (side, side, 3)
        assert not patch.image.flags.writeable
        spots = transform(face.landmarks.points[:, :2], patch.to_patch)
        assert np.abs(spots - patch.landmarks.points[:, :2]).max() < 1e-3
        assert spots.min() > 0
        assert spots.max() < side - 1
        straight = cv2.warpAffine(image, patch.to_patch, (side, side), flags=cv2.INTER_AREA)
        inner = np.s_[side // 8 : -side // 8, side // 8 : -side // 8]
        assert np.abs(straight.astype(int) - patch.target)[inner].mean() < 2.5
        for name, mask in patch.masks.items():
            assert (mask.shape, mask.dtype) == ((side, side), np.uint8), name
        edge = np.ones((side, side), bool)
        edge[2:-2, 2:-2] = False
        assert not patch.masks["shape"][edge].any()


def larger(frame, faces, scale):
    """The same picture and faces, so much larger."""
    image = cv2.resize(frame.image, None, fx=scale, fy=scale)
    face = faces[0]
    points = face.landmarks.points * np.float32(scale)
    return Frame(image), Faces((replace(face, box=face.box * scale, landmarks=Landmarks("mesh468", points)),))


@pytest.mark.parametrize(("scale", "side"), [(0.4, 128), (0.8, 224), (1.0, 256), (1.6, 384), (3.0, 384)])
def test_patches_are_as_large_as_the_face_needs(swaps, demo, scale, side):
    frame, faces = larger(*demo, scale)
    patch = swaps["a"](frame, faces)[0]
    assert patch.image.shape == (side, side, 3)
    assert blend(frame, Patches((patch,))).cleared


@pytest.mark.parametrize("size_px", [128, 256, 512])
def test_the_largest_side_of_patches_is_a_setting(demo, size_px):
    patch = Swap(CONTEXT, face=source("a"), size_px=size_px)(*larger(*demo, 3.0))[0]
    assert patch.image.shape == (size_px, size_px, 3)


def test_a_face_that_grows_and_shrinks_changes_its_side_once_each_way():
    """Sizes that go to and fro about a step stay on one side of it."""
    grown, last = [], 0
    for span in [*range(250, 420, 2), *range(420, 250, -2)]:
        last = side_for(span + (span // 2) % 3 * 8, last, (128, 192, 256, 320, 384))
        grown.append(last)
    assert [b - a for a, b in pairwise(grown) if a != b] == [64, -64]


def spoiled(face, change):
    points = face.landmarks.points.copy()
    change(points)
    return replace(face, landmarks=Landmarks("mesh468", points))


def put(value):
    return lambda points: points.__setitem__((5, 0), value)


UNUSABLE = {
    "lost": lambda face: replace(face, age=0.1),
    "without landmarks": lambda face: replace(face, landmarks=None),
    "not a number": lambda face: spoiled(face, put(np.nan)),
    "infinite": lambda face: spoiled(face, put(np.inf)),
    "too far away for any picture": lambda face: spoiled(face, lambda points: points.__imul__(1e20)),
    "all in one spot": lambda face: spoiled(face, lambda points: points.fill(7)),
    "on one line": lambda face: spoiled(face, lambda points: points[:, 1].fill(7)),
}


@pytest.mark.parametrize("change", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_face_that_cannot_be_swapped_fails_and_the_others_do_not(swaps, demo, change):
    frame, faces = demo
    patches = swaps["a"](frame, Faces((change(faces[0]), faces[0])))
    assert [patch.status for patch in patches] == [PatchStatus.FAILED, PatchStatus.SWAPPED]
    assert patches[0].image is patches[0].to_patch is None
    assert not blend(frame, patches).cleared


def test_it_hands_on_whether_the_detector_worked(swaps, demo):
    assert not swaps["a"](demo[0], Faces((), detected=False)).detected
    assert swaps["a"](demo[0], Faces()) == Patches()


def tracked(face, same_as=None, track=1):
    return Faces((replace(face, track=track, same_as=same_as),))


def at(frame, seq):
    return replace(frame, seq=seq)


def test_a_face_that_stayed_the_same_gets_the_same_pixels_at_its_new_place(demo):
    swap, (frame, faces) = Swap(CONTEXT, face=source("a")), demo
    first = swap(at(frame, 0), tracked(faces[0]))[0]
    moved = replace(faces[0], landmarks=Landmarks("mesh468", faces[0].landmarks.points + np.float32([4, 0, 0])))
    second = swap(at(frame, 1), tracked(moved, same_as=0), opacity=0.5)[0]
    assert second.image is first.image
    assert second.opacity == 0.5
    assert second.face.same_as == 0
    assert np.allclose(second.landmarks.points, first.landmarks.points, atol=1e-2)
    assert not np.allclose(second.to_patch, first.to_patch)
    assert swap(at(frame, 2), tracked(faces[0], same_as=1))[0].image is first.image
    assert swap.counters() == {"swaps": 1, "reuses": 2}


@pytest.mark.parametrize(
    ("faces_of", "settings"),
    [
        (tracked, {}),
        (lambda face: tracked(face, same_as=5), {}),
        (lambda face: tracked(face, same_as=0, track=2), {}),
        (lambda face: tracked(face, same_as=0), {"keep_brows": 0.5}),
    ],
    ids=["not the same", "a frame that is not held", "another track", "other settings"],
)
def test_what_does_not_fit_is_swapped_anew(demo, faces_of, settings):
    swap, (frame, faces) = Swap(CONTEXT, face=source("a")), demo
    swap(at(frame, 0), tracked(faces[0]))
    swap(at(frame, 1), faces_of(faces[0]), **settings)
    assert swap.counters() == {"swaps": 2, "reuses": 0}


def test_the_store_is_bounded_and_keeps_what_is_used(demo):
    swap, (frame, faces) = Swap(CONTEXT, face=source("a"), size_px=128), demo
    swap(at(frame, 0), tracked(faces[0]))
    for seq in range(1, 60):
        assert swap(at(frame, seq), tracked(faces[0], same_as=0))[0].status is PatchStatus.SWAPPED
    assert swap.counters() == {"swaps": 1, "reuses": 59}
    for seq in range(60, 80):
        swap(at(frame, seq), tracked(faces[0]))
    swap(at(frame, 80), tracked(faces[0], same_as=0))
    assert swap.counters() == {"swaps": 22, "reuses": 59}


def test_two_nodes_make_the_same_bytes(swaps, frames):
    other = Swap(CONTEXT, face=source("b"))
    for frame, faces, _ in frames[:4]:
        one, two = swaps["b"](frame, faces)[0], other(frame, faces)[0]
        assert (one.image == two.image).all()
        assert all((one.masks[name] == two.masks[name]).all() for name in one.masks)


def test_brows_of_the_target_can_be_kept(swaps, demo):
    taken, kept = swaps["b"](*demo)[0], swaps["b"](*demo, keep_brows=1.0)[0]
    points = taken.landmarks.points[[105, 334], :2].round().astype(int)
    for x, y in points:
        assert taken.masks["features"][y, x] == 255
        assert kept.masks["features"][y, x] < 64


def as_track(faces, track=1):
    return Faces((replace(faces[0], track=track),))


def levels(swap, frames, faces):
    """Mean levels of the swapped skin of a face over frames."""
    return [float(swap(frame, faces)[0].image[100:160, 100:160].mean()) for frame in frames]


def flicker(frame, count=8):
    """The same frame, every other one darker, 30 a second."""
    dark = cv2.convertScaleAbs(frame.image, alpha=0.9)
    return [replace(frame, image=dark if i % 2 else frame.image, seq=-1, time=i / 30) for i in range(count)]


def test_light_that_flickers_is_smoothed_and_a_steady_change_arrives(demo):
    """Time constant 100 ms by default; 0 takes each frame's own light."""
    frame, faces = demo[0], as_track(demo[1])
    shots = flicker(frame)
    smooth = np.ptp(levels(Swap(CONTEXT, face=source("a")), shots, faces)[2:])
    raw_swap = Swap(CONTEXT, face=source("a"))
    raw = np.ptp([float(raw_swap(shot, faces, settle_ms=0)[0].image[100:160, 100:160].mean()) for shot in shots])
    assert smooth < 0.5 * raw
    dark = [replace(shots[1], time=i / 30) for i in range(1, 30)]
    late = levels(Swap(CONTEXT, face=source("a")), [shots[0], *dark], faces)
    alone = levels(Swap(CONTEXT, face=source("a")), dark[:1], faces)[0]
    assert abs(late[-1] - alone) < 0.5
    assert abs(late[1] - alone) > 2


@pytest.mark.parametrize("gain", [0.5, 1.3])
def test_a_lamp_that_is_switched_is_followed_in_the_same_frame(demo, gain):
    frame, faces = demo[0], as_track(demo[1])
    lit = np.clip(frame.image * gain, 0, 255).astype(np.uint8)
    shots = [replace(frame, image=image, time=n / 30) for n, image in enumerate([frame.image] * 5 + [lit] * 3)]
    settled = levels(Swap(CONTEXT, face=source("b")), shots, faces)[5:]
    assert settled == pytest.approx(levels(Swap(CONTEXT, face=source("b")), shots[5:], faces), rel=0.02)


@pytest.mark.parametrize(
    ("track", "time"), [(2, 1 / 30), (1, 5.0), (1, -1.0)], ids=["new track", "gap", "clip restarts"]
)
def test_a_new_face_does_not_take_over_another_s_light(demo, track, time):
    frame, faces = demo[0], as_track(demo[1])
    dark = replace(frame, image=cv2.convertScaleAbs(frame.image, alpha=0.5), time=time)
    swap = Swap(CONTEXT, face=source("a"))
    swap(replace(frame, time=0.0), faces)
    after = swap(dark, as_track(demo[1], track))[0]
    assert (after.image == Swap(CONTEXT, face=source("a"))(dark, faces)[0].image).all()


def test_a_run_over_frames_is_repeated_exactly(frames):
    shots = [(replace(frame, time=i / 30), as_track(faces)) for i, (frame, faces, _) in enumerate(frames[:5])]
    one, two = (Swap(CONTEXT, face=source("b")) for _ in range(2))
    for frame, faces in shots:
        assert (one(frame, faces)[0].image == two(frame, faces)[0].image).all()


def test_of_several_pictures_the_nearest_in_pose_is_taken_and_it_changes_softly(demo):
    """At 0.1 s of the 0.2 s both are seen, and a pose between them changes nothing."""
    swappers = [MeshSwapper(image, analyse(image, STORE)[0].landmarks.points, 128) for image in map(portrait, "ab")]
    gallery = Gallery([Picture(swappers[0], Pose(-20.0, 0.0, 0.0)), Picture(swappers[1], Pose(20.0, 0.0, 0.0))])
    landmarks = demo[1][0].landmarks.points
    to_patch = swappers[0].alignment(demo[1][0], 128)
    target = cut(demo[0].image, to_patch, 128)
    points = transform(landmarks[:, :2], to_patch).astype(np.float32)
    following = Following()

    def with_(swapper):
        return swapper.swap(target, points, Keep())

    def image(yaw, time):
        return gallery.swapped(Pose(yaw, 0.0, 0.0), following.of(1, time), with_).image.astype(int)

    first, second = (with_(swapper).image.astype(int) for swapper in swappers)
    assert (image(-20, 0.0) == first).all()
    assert (image(2, 0.1) == first).all()  # nearer to the other, but not by much
    image(20, 0.2)
    assert np.abs(image(20, 0.3) - (first + second) / 2).max() <= 1
    assert (image(20, 0.45) == second).all()
    assert (image(-2, 0.6) == second).all()


def test_several_pictures_are_a_list_in_a_graph(demo):
    spec = spec_of(Swap)
    assert checked(spec.fixed, {"face": "a.jpg"}).face == ["a.jpg"]
    assert checked(spec.fixed, {"face": ["a.jpg", "b.jpg"]}).face == ["a.jpg", "b.jpg"]
    with pytest.raises(ValidationError):
        checked(spec.fixed, {"face": []})
    named = checked(spec.fixed, {"face": [source("a"), source("b"), "nobody.jpg"]})
    assert [path.name for path in paths_in(named)] == ["source_a.jpg", "source_b.jpg"]
    patch = Swap(CONTEXT, face=[source("a"), source("b")])(*demo)[0]
    assert patch.source == "source_a"
    assert patch.status is PatchStatus.SWAPPED


def test_no_points_make_it_raise(demo):
    """Whatever a landmarker says: a patch that is swapped or failed, with finite pixels."""
    swap, random = Swap(CONTEXT, face=source("a")), np.random.default_rng(0)
    frame, faces = demo
    for scale in (1e-3, 1, 10, 300, 5000, 1e5, 1e7):
        for _ in range(4):
            points = random.normal(200, scale, (468, 3)).astype(np.float32)
            face = replace(faces[0], landmarks=Landmarks("mesh468", points))
            assert swap(frame, Faces((face,)))[0].status in (PatchStatus.SWAPPED, PatchStatus.FAILED)


def said(capture):
    return str(capture.value)


def test_a_missing_picture_says_what_to_do(tmp_path):
    with pytest.raises(DlcError) as error:
        Swap(CONTEXT, face=str(tmp_path / "nobody.jpg"))
    assert said(error) == (
        f"{tmp_path / 'nobody.jpg'}: there is no such file; set `face` to a picture of the source person"
    )


@pytest.mark.parametrize("content", [b"", b"this is no picture"])
def test_a_file_that_is_no_picture_says_so(tmp_path, content):
    path = tmp_path / "face.jpg"
    path.write_bytes(content)
    with pytest.raises(DlcError) as error:
        Swap(CONTEXT, face=str(path))
    assert said(error) == f"{path}: is no picture that can be decoded; use JPEG, PNG or WebP"


def test_a_picture_without_a_face_says_so(tmp_path):
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), scene())
    with pytest.raises(DlcError) as error:
        Swap(CONTEXT, face=str(path))
    assert said(error) == f"{path}: no face was found; use a picture that shows the person from the front, well lit"


def test_of_several_faces_the_largest_is_the_source_and_the_log_says_so(tmp_path, caplog, demo):
    path = tmp_path / "both.png"
    cv2.imwrite(str(path), scene(("a", 40, 40, 260), ("b", 400, 20, 500)))
    with caplog.at_level(logging.WARNING, "dlc"):
        swap = Swap(CONTEXT, face=str(path))
    assert "both.png: 2 faces" in caplog.text
    frame, faces = demo
    new = embedding(blend(frame, swap(frame, faces)).image, faces)
    goal = {letter: embedding(portrait(letter), analyse(portrait(letter), STORE)) for letter in "ab"}
    assert new @ goal["b"] > new @ goal["a"]


def with_orientation(jpeg, orientation):
    """Returns a JPEG with an EXIF segment that holds nothing but the orientation."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    tiff = b"MM\x00\x2a" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)
    body = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def test_the_picture_s_orientation_tag_is_followed(tmp_path, demo):
    lying = cv2.rotate(portrait("a"), cv2.ROTATE_90_COUNTERCLOCKWISE)
    path = tmp_path / "lying.jpg"
    path.write_bytes(with_orientation(cv2.imencode(".jpg", lying)[1].tobytes(), 6))
    image = Swap(CONTEXT, face=str(path))(*demo)[0].image.astype(int)
    upright = Swap(CONTEXT, face=source("a"))(*demo)[0].image
    assert np.abs(image - upright)[80:176, 80:176].mean() < 4


def test_a_name_beyond_ascii_is_opened(tmp_path, demo):
    path = tmp_path / "Gesicht ä 顔.png"
    path.write_bytes(cv2.imencode(".png", portrait("a", 384))[1].tobytes())
    patch = Swap(CONTEXT, face=str(path))(*demo)[0]
    assert patch.source == path.stem


def test_a_face_beyond_the_frame_does_no_harm(swaps, demo):
    frame, faces = demo
    for shift in (-3000, 3000):
        moved = Face(
            faces[0].box, faces[0].points, 0.9,
            landmarks=Landmarks("mesh468", faces[0].landmarks.points + np.float32([shift, shift, 0])),
        )  # fmt: skip
        result = blend(frame, swaps["a"](frame, Faces((moved,))))
        assert (result.image == frame.image).all()


def test_shut_eyes_are_not_coloured(swaps):
    """In the clip's blink the result is the same as without the source's eye colour."""
    image = list(clip(76))[75]
    faces = analyse(image, STORE)
    coloured, plain = (blend(Frame(image), swaps["a"](Frame(image), faces, eye_colour=share)).image for share in (1, 0))
    assert (coloured == plain).all()


@pytest.mark.parametrize("shift", [(0, 0), (-400, 0), (400, -150), (0, 420)])
def test_a_patch_that_lies_on_the_frame_s_pixels_is_what_warping_gives(demo, shift):
    """Also where it reaches beyond the frame, whose border is repeated there."""
    image = demo[0].image
    to_patch = np.array([[1.0, 0, -200 - shift[0]], [0, 1.0, -100 - shift[1]]])
    assert (cut_smoothly(image, to_patch, 256)[..., :3] == cut(image, to_patch, 256)[..., :3]).all()
