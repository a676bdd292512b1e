"""The cache with identities: people keep their numbers and get their names, within a run and from run to run."""

import logging
import stat
from dataclasses import replace
from io import BytesIO

import cv2
import numpy as np
import pytest

from models.embeddings import FaceRes
from models.people import PeopleStore, SavedPerson
from models.recognisers import LIMITS
from models.session import ModelStore
from models.vault import write_private
from nodes.cache import Cache
from nodes.cache.gallery import Gallery, Person
from nodes.detect import Detect
from nodes.source import AnySource
from runtime.errors import DlcError
from runtime.kinds import Faces
from runtime.testing import make_context
from tests.clips import make
from tests.nodes.conftest_faces import ASSETS, context_with, frame, portrait, scene, wall

STORE = ModelStore()
CONTEXT = context_with(STORE)
NETWORK = FaceRes(STORE.session("faceres"))


def cache(**settings):
    return Cache(CONTEXT, **{"identity": "faceres", **settings})


def found(image):
    """What a fresh detector says: faces from left to right get the tracks 0, 1, ..."""
    faces = sorted(Detect(CONTEXT)(frame(image)), key=lambda face: face.box[0])
    return Faces(tuple(replace(face, track=index) for index, face in enumerate(faces)))


BOTH = scene(("a", 40, 60, 400), ("b", 520, 60, 400))
AB = found(BOTH)


def tracks(faces, *numbers, **changes):
    """The same faces under other track numbers."""
    pairs = zip(faces, numbers, strict=True)
    return Faces(tuple(replace(face, track=number, **changes) for face, number in pairs))


def run(node, steps, **settings):
    """Gives (picture, faces) after each other; returns the answers."""
    return [node(frame(image, index), faces, **settings) for index, (image, faces) in enumerate(steps)]


def numbers(faces):
    return [face.track for face in faces]


# Within a run


@pytest.mark.parametrize(("name", "frames"), [("crossing", 60), ("returning", 90), ("two", 20)])
def test_nobody_changes_their_number(name, frames, tmp_path_factory):
    """On clips with truth: two people cross, one leaves and comes back, two stay."""
    clip = make(name, tmp_path_factory.getbasetemp(), frames=frames, scale=0.5)
    context = make_context("file", STORE)
    source, detect, known = AnySource(context, uri=str(clip.file)), Detect(context), cache()
    seen = {}
    for index, people in enumerate(clip.truth.frames):
        picture = frame(source.read().image, index)
        faces = known(picture, detect(picture))
        assert len(set(numbers(faces))) == len(faces)
        for person in people:
            for face in faces.seen():
                if np.hypot(*(face.points - person.points).mean(0)) < person.eye_distance / 2 and person.visible > 0.5:
                    seen.setdefault(person.id, set()).add(face.track)
    source.close()
    assert len(seen) == 2
    assert all(len(tracks) == 1 for tracks in seen.values()), seen


def test_who_comes_back_as_another_track_has_the_old_number_at_once():
    known = cache()
    alone = scene(("a", 40, 60, 400))
    back = scene(("a", 500, 60, 400))
    first, other = found(alone), found(back)
    answers = run(known, [(alone, first), (wall(), Faces()), (wall(), Faces()), (back, tracks(other, 7))])
    assert [numbers(faces) for faces in answers] == [[0], [], [], [0]]
    assert known.counters()["returns"] == 1


def test_a_lost_track_is_left_out_once_its_person_is_seen_elsewhere_and_not_when_it_is_glimpsed():
    known = cache()
    alone, back = scene(("a", 40, 60, 400)), scene(("a", 500, 60, 400))
    first, other = found(alone), tracks(found(back), 7)
    lost = [tracks(first, 0, age=age) for age in (0.1, 0.2, 0.05)]
    both = [Faces(other.items + old.items) for old in lost]
    answers = run(known, [(alone, first), (wall(), lost[0]), (back, both[0]), (back, both[1]), (back, both[2])])
    assert [numbers(faces) for faces in answers[:4]] == [[0], [0], [0], [0]]
    assert len(set(numbers(answers[4]))) == 2


def test_tracks_that_went_over_to_each_others_faces_are_put_right():
    known = cache()
    near = tuple(replace(face, box=AB[0].box) for face in AB)  # as if they stood before each other
    crossed = tracks(AB, 1, 0)
    steps = [(BOTH, AB)] * 3 + [(BOTH, Faces(near))] + [(BOTH, crossed)] * 3
    answers = run(known, steps)
    assert numbers(answers[2]) == [0, 1]
    assert numbers(answers[-1]) == [0, 1]
    assert known.counters()["corrections"] == 1


def test_nobody_is_sure_of_who_was_close_to_another_before_they_are_confirmed():
    known = cache(people=[str(ASSETS / "source_a.jpg")])
    near = tuple(replace(face, box=AB[0].box) for face in AB)
    answers = run(known, [(BOTH, AB)] * 3 + [(BOTH, Faces(near))] * 2 + [(BOTH, AB)] * 3)
    sure = [[face.identity is not None for face in faces] for faces in answers]
    assert sure[2] == [True, True]
    assert sure[3:5] == [[False, False]] * 2
    assert sure[-1] == [True, True]
    assert all(faces[0].person == "source_a" for faces in answers[2:])


def test_a_stranger_on_a_lost_persons_track_gets_a_number_of_their_own():
    known = cache()
    one, other = scene(("a", 40, 60, 400)), scene(("b", 40, 60, 400))
    faces = found(one)
    gone = tracks(faces, 0, age=0.2)
    answers = run(known, [(one, faces), (wall(), gone), (other, found(other)), (other, found(other))])
    assert numbers(answers[0]) == [0]
    assert numbers(answers[-1]) != [0]


def test_a_track_that_jumps_to_another_face_is_doubted():
    known = cache()
    steps = [(BOTH, Faces(AB.items[:1]))] * 2 + [(BOTH, tracks(AB[1:], 0))] * 2
    answers = run(known, [(image, Faces(tuple(faces))) for image, faces in steps])
    assert numbers(answers[1]) == [0]
    assert numbers(answers[3]) == [1]


def test_numbers_are_the_tracks_as_long_as_nothing_happens():
    assert numbers(run(cache(), [(BOTH, AB)] * 3)[-1]) == [0, 1]


def test_faces_that_nobody_tracks_stay_without_number():
    assert numbers(cache()(frame(BOTH), tracks(AB, -1, -1))) == [-1, -1]


def test_when_there_are_too_many_whoever_is_worth_least_is_forgotten():
    vector = np.eye(8, dtype=np.float32)
    gallery = Gallery(limit=3, limits=LIMITS["faceres"])
    gallery.people = {
        0: Person(vector[:1], made=4, frames=900, returns=1, seen_at=0.0),
        1: Person(vector[1:2], made=1, frames=3, seen_at=20.0),
        2: Person(vector[2:3], made=3, frames=300, seen_at=10.0),
        3: Person(vector[3:4], frames=1, seen_at=30.0),
    }
    gallery.see({3}, now=30.0)
    assert sorted(gallery.people) == [0, 2, 3]
    assert gallery.evictions == 1


# Names


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """Somebody saved as `ben`, who is the person of portrait b."""
    monkeypatch.setenv("DLC_FACES", str(tmp_path / "faces"))
    image = portrait("b")
    vectors = NETWORK(image, found(image).items[:1])
    PeopleStore().save(SavedPerson("ben", vectors, np.zeros(4, np.uint8)))


@pytest.mark.usefixtures("saved")
def test_known_people_get_their_names_from_pictures_and_from_saved_ones():
    known = cache(identity=None, people=[str(ASSETS / "source_a.jpg"), "ben"])
    image = scene(("a", 40, 60, 280), ("b", 340, 60, 280), ("c", 640, 60, 280))
    faces = run(known, [(image, found(image))] * 4)[-1]
    assert [face.person for face in faces] == ["source_a", "ben", None]
    assert faces[0].identity is not None


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (["nobody_here"], "nobody is saved as 'nobody_here', there are ben"),
        (["no/such/picture.jpg"], "cannot be read: No such file"),
        ([str(ASSETS / "demo.mp4")], "is no picture that can be decoded"),
        (["ben", "other/ben.jpg"], "two of `people` are called ben"),
    ],
)
@pytest.mark.usefixtures("saved")
def test_people_who_cannot_be_known_are_errors(people, said):
    with pytest.raises(DlcError, match=said):
        cache(people=people)


# From run to run


def a_run(file):
    """A run in which a and b are seen; returns their numbers."""
    known = cache(remember=str(file))
    answers = run(known, [(BOTH, tracks(AB, 5, 6))] * 3)
    known.close()
    return numbers(answers[-1])


def test_people_are_known_again_in_the_next_run_by_a_private_file(tmp_path):
    file = tmp_path / "people.identities"
    assert a_run(file) == [5, 6]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    again = a_run(file)
    assert set(again) == {0, 1}
    known, image, stranger = cache(remember=str(file)), scene(("b", 520, 60, 400)), scene(("c", 520, 60, 400))
    assert numbers(known(frame(image), found(image))) == again[1:]
    assert numbers(known(frame(stranger, 1), tracks(found(stranger), 9))) == [9]


def test_the_file_may_be_deleted_and_holds_embeddings_only(tmp_path):
    file = tmp_path / "people.identities"
    a_run(file)
    content = file.read_bytes()
    assert content.startswith(b"dlc identities-faceres 1 ")
    with np.load(BytesIO(content.partition(b"\n")[2]), allow_pickle=False) as archive:
        assert {name: archive[name].shape for name in archive.files} == {"vectors": (2, 1024), "owners": (2,)}
    file.unlink()
    assert a_run(file) == [5, 6]


def broken(content):
    """Ways in which a file may not be what it should be, and whether it was ours."""
    head, _, body = content.partition(b"\n")
    return {
        "cut off": (content[:-100], True),
        "changed": (head + b"\n" + body[:50] + b"x" + body[51:], True),
        "of another version": (content.replace(b"faceres 1 ", b"faceres 2 ", 1), True),
        "of another sort": (b"my shopping list", False),
        "empty": (b"", False),
    }


@pytest.mark.parametrize("way", broken(b""))
def test_a_file_that_cannot_be_used_is_a_warning_and_a_cold_start(tmp_path, caplog, way):
    file = tmp_path / "people.identities"
    a_run(file)
    content, ours = broken(file.read_bytes())[way]
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING, "dlc"):
        assert a_run(file) == [5, 6]
    assert len(caplog.records) == 1
    assert "nobody is known from earlier runs" in caplog.text
    assert (file.read_bytes() == content) == (not ours)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"vectors": np.zeros((2, 1024), np.float32)},
        {"vectors": np.zeros(3), "owners": np.zeros(3, np.int32)},
        {"vectors": np.zeros((2, 1024)), "owners": np.array([0, np.inf])},
        {"vectors": np.zeros((2, 1024)), "owners": np.array(["a", "b"])},
        {"vectors": np.array([["a"], ["b"]]), "owners": np.zeros(2, np.int32)},
    ],
)
def test_a_file_with_other_arrays_is_a_warning_and_written_anew(tmp_path, caplog, arrays):
    file = tmp_path / "people.identities"
    write_private(file, "identities-faceres", arrays)
    with caplog.at_level(logging.WARNING, "dlc"):
        assert a_run(file) == [5, 6]
    assert len(caplog.records) == 1
    assert "it will be written anew" in caplog.text
    assert set(a_run(file)) == {0, 1}


def test_a_picture_named_by_mistake_is_not_written_over(tmp_path):
    file = tmp_path / "me.png"
    cv2.imwrite(str(file), portrait("a", 64))
    before = file.read_bytes()
    a_run(file)
    assert file.read_bytes() == before
