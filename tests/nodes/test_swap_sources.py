"""The pictures that `swap` takes a face from: several, lying ones, and those that cannot be used."""

from __future__ import annotations

import logging
import struct

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from models.align import transform
from models.analyse import analyse
from models.crop import cut
from models.swappers import Keep, MeshSwapper
from nodes.blend import blend
from nodes.swap import Swap
from nodes.swap.following import Following
from nodes.swap.gallery import Gallery, Picture
from runtime.errors import DlcError
from runtime.kinds import PatchStatus, Pose
from runtime.settings import checked, paths_in
from runtime.signature import spec_of
from tests.nodes.conftest_faces import portrait, scene
from tests.nodes.swapping import CONTEXT, STORE, embedding, source


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
