"""The clips that the swap is judged on are what they say, and their truth lies on the faces."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from bench.truth import read_truth
from models.landmarks import FaceMesh, crop_of_eyes, crop_of_points, five_points
from models.session import ModelStore
from nodes.source import AnySource
from runtime.errors import ConfigurationError
from runtime.testing import make_context
from tests.clips import NAMES, make
from tests.clips.people import ASSETS
from tests.media import packets_of, times_of

FRAMES = 8
NEAR = 0.09
"""How far facemesh may be from the truth, in distances of the eyes, mean over the points of a face.

On the demo clip itself it is 0.036 on average."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def short(folder):
    return lambda name, scale=0.5: make(name, folder, frames=FRAMES, scale=scale)


def pictures(clip):
    reader = AnySource(make_context("file"), uri=str(clip.file))
    while (picture := reader.read()) is not None:
        yield picture.image
    reader.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_has_the_frames_and_the_size_that_its_truth_says(name, short):
    clip = short(name)
    sizes = {image.shape[:2] for image in pictures(clip)}
    assert sizes == {(clip.truth.height, clip.truth.width)}
    assert len(times_of(clip.file)) == len(clip.truth.frames) == FRAMES


def plain_points(landmarker, image, person):
    """Returns what facemesh says of a face whose place is known, float32 [5, 2]."""
    crop = crop_of_eyes(person.box.astype(np.float32), *person.points[:2].astype(np.float32))
    (first,) = landmarker(image, [crop])
    (second,) = landmarker(image, [crop_of_points(first.points)])
    return five_points(second.points)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("empty", "dark")])
def test_true_points_lie_on_faces(name, short):
    landmarker = FaceMesh(ModelStore().session("facemesh"))
    clip = short(name, 1.0 if name == "small" else 0.5)
    errors = []
    for image, people in zip(pictures(clip), clip.truth.frames, strict=True):
        for person in people:
            if person.visible > 0.97 and person.box[3] - person.box[1] > 40:
                away = np.hypot(*(plain_points(landmarker, image, person) - person.points).T)
                errors.append(away.mean() / person.eye_distance)
    assert len(errors) >= 2
    assert np.mean(errors) < NEAR


def test_the_demo_clip_unchanged_is_the_demo_clip(folder):
    clip = make("sound", folder, frames=2)
    video = cv2.VideoCapture(str(ASSETS / "demo.mp4"))
    for ours, people in zip(pictures(clip), clip.truth.frames, strict=True):
        assert np.abs(ours.astype(int) - video.read()[1]).mean() < 1.5
        assert people[0].visible == 1
    assert clip.truth.frames[1][0].points == pytest.approx(
        read_truth(ASSETS / "truth.json").frames[1][0].points, abs=1e-3
    )


def test_the_demo_truth_counts_pixel_centres_from_zero():
    assert read_truth(ASSETS / "truth.json").frames[50][0].points[0] == pytest.approx((568.49, 222.25))


def test_rates_and_sound_are_as_named(short):
    variable = times_of(short("variable").file)
    assert variable[0] > 0
    assert len({after - before for before, after in pairwise(variable)}) > 2
    steady = times_of(short("sound").file)
    assert len({after - before for before, after in pairwise(steady)}) == 1
    assert packets_of(short("sound").file)


@pytest.mark.parametrize(
    ("name", "most", "least"),
    [("two", 2, 2), ("four", 4, 4), ("joining", 2, 1), ("returning", 2, 1),
     ("alone_returning", 1, 0), ("empty", 0, 0), ("hand", 1, 1), ("cut", 1, 1)],
)  # fmt: skip
def test_as_many_people_are_there_as_the_name_says(name, most, least, short):
    counts = [len(people) for people in short(name).truth.frames]
    assert (max(counts), min(counts)) == (most, least)


def test_a_cut_changes_the_person(short):
    assert [people[0].id for people in short("cut").truth.frames] == ["demo"] * 4 + ["c"] * 4


def test_somebody_who_is_covered_is_less_visible(short):
    people = [{p.id: p for p in row} for row in short("crossing").truth.frames]
    assert all(row["a"].visible > 0.95 for row in people)
    assert min(row["demo"].visible if "demo" in row else 0 for row in people) < 0.3


def test_the_hand_is_in_its_mask(short):
    clip = short("hand")
    covered = []
    for index, (image, people) in enumerate(zip(pictures(clip), clip.truth.frames, strict=True)):
        mask = clip.truth.occluder(index)
        assert mask.shape == image.shape[:2]
        covered.append(people[0].visible)
        if mask.sum() > 500:
            blue, _, red = image[mask].mean(0)
            assert red > blue + 30
    assert min(covered) < 0.7
    assert max(covered) == 1


def test_small_and_close_faces_have_their_size(short):
    small = [person.box[3] - person.box[1] for row in short("small").truth.frames for person in row]
    assert 22 < min(small) <= max(small) < 40  # 60 px at full size, where heads nod
    assert short("close").truth.frames[-1][0].box[[1, 3]] == pytest.approx((0, 270), abs=25)


def test_a_clip_is_the_same_each_time_and_made_once(tmp_path, short):
    clip = short("hand")
    again = make("hand", tmp_path, frames=FRAMES, scale=0.5)
    assert again.file.read_bytes() == clip.file.read_bytes()
    written = again.file.stat().st_mtime_ns
    assert make("hand", tmp_path, frames=FRAMES, scale=0.5).file.stat().st_mtime_ns == written


def test_a_file_that_is_no_truth_is_told(tmp_path):
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(ConfigurationError, match=r"x\.json: is no ground truth"):
        read_truth(tmp_path / "x.json")


def test_the_page_on_quality_names_every_clip():
    page = (ASSETS.parent / "docs" / "quality.md").read_text()
    assert [name for name in NAMES if f"`{name}`" not in page] == []
