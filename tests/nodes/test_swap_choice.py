"""Who is swapped, with which source, and what becomes of the others."""

from dataclasses import replace

import numpy as np
import pytest

from models.analyse import analyse
from models.embeddings import FaceRes
from models.session import ModelStore
from nodes.blend import blend
from nodes.swap import Swap
from nodes.swap.choice import Choice, Part
from runtime.kinds import Face, Faces, Frame, Identity, PatchStatus
from tests.nodes.conftest_faces import ASSETS, context_with, portrait, scene

STORE = ModelStore()
NETWORK = FaceRes(STORE.session("faceres"))
SURE = Identity("faceres", np.ones(1, np.float32))
SWAP, BLUR, LEAVE = Part("swap"), Part("blur"), Part("leave")


def face(x, size, track=0, *, sure=True, **others):
    box = np.array([x, 50, x + size, 50 + size], np.float32)
    return Face(box, np.zeros((5, 2), np.float32), 1.0, track=track, identity=SURE if sure else None, **others)


def parts(faces, which="all", people=(), others="swap"):
    return Choice(people, others).parts(Faces(tuple(faces)), which)


CROWD = [face(300, 80, 0), face(100, 60, 1), face(600, 50, 2, age=0.3)]


@pytest.mark.parametrize(
    ("which", "chosen"),
    [("all", [0, 1, 2]), ("largest", [0]), (1, [0]), (2, [0, 1]), (9, [0, 1, 2]), ("left", [1]), ("right", [2])],
)
def test_faces_are_chosen_by_their_place(which, chosen):
    assert [index for index, part in enumerate(parts(CROWD, which)) if part == SWAP] == chosen
    assert all(part in (SWAP, LEAVE) for part in parts(CROWD, which))


def chosen_over_time(which, *frames):
    choice = Choice((), "swap")
    answers = [choice.parts(Faces(tuple(faces)), which) for faces in frames]
    pairs = [zip(faces, answer, strict=True) for faces, answer in zip(frames, answers, strict=True)]
    return [[one.track for one, part in pair if part == SWAP] for pair in pairs]


def test_a_choice_does_not_flicker():
    near_alike = [[face(100, 80, 0), face(300, size, 1)] for size in (79, 82, 79, 90, 130, 110)]
    assert chosen_over_time("largest", *near_alike) == [[0], [0], [0], [0], [1], [1]]
    changing_sides = [[face(x, 80, 0), face(200, 80, 1)] for x in (100, 190, 220, 300, 190)]
    assert chosen_over_time("left", *changing_sides) == [[0], [0], [0], [1], [1]]


def test_a_chosen_face_that_is_lost_stays_the_chosen_one():
    lost = [face(100, 80, 0, age=0.2), face(300, 60, 1)]
    assert chosen_over_time("largest", [face(100, 80, 0), face(300, 60, 1)], lost) == [[0], [0]]


@pytest.mark.parametrize(
    ("others", "known", "stranger", "unsure", "in_doubt"),
    [
        ("swap", Part("swap", "anna"), SWAP, SWAP, Part("swap", "anna")),
        ("blur", Part("swap", "anna"), BLUR, BLUR, Part("swap", "anna")),
        ("leave", Part("swap", "anna"), LEAVE, BLUR, Part("swap", "anna")),
    ],
)
def test_people_get_their_part_and_nobody_is_bare_while_it_is_not_sure_who_they_are(
    others, known, stranger, unsure, in_doubt
):
    faces = [
        face(0, 50, 0, person="anna"), face(100, 50, 1), face(200, 50, 2, sure=False),
        face(300, 50, 3, sure=False, person="anna"),
    ]  # fmt: skip
    assert parts(faces, people=["anna"], others=others) == [known, stranger, unsure, in_doubt]


def test_a_stranger_who_was_bare_stays_so_while_lost_but_not_when_back():
    choice = Choice(["anna"], "leave")
    answers = [
        choice.parts(Faces((stranger,)), "all")[0]
        for stranger in (face(0, 50, 4), face(0, 50, 4, sure=False, age=0.1), face(0, 50, 4, sure=False))
    ]
    assert answers == [LEAVE, LEAVE, BLUR]


# The node

IMAGE = scene(("a", 40, 60, 400), ("b", 520, 60, 400))
FACES = Faces(
    tuple(
        replace(one, track=index, identity=SURE)
        for index, one in enumerate(sorted(analyse(IMAGE, STORE), key=lambda one: one.box[0]))
    )
)


def swap(**settings):
    return Swap(context_with(STORE), **{"face": source("b"), **settings})


def source(letter):
    return str(ASSETS / f"source_{letter}.jpg")


def likeness(image, index, letter):
    goal = portrait(letter)
    return float(NETWORK(image, [FACES[index]])[0] @ NETWORK(goal, analyse(goal, STORE).items[:1])[0])


def test_each_person_gets_their_own_source():
    named = Faces((replace(FACES[0], person="anna"), replace(FACES[1], person="ben")))
    node = swap(map={"anna": source("b"), "ben": source("c")})
    frame = Frame(IMAGE, seq=0)
    patches = node(frame, named)
    assert [patch.source for patch in patches] == ["source_b", "source_c"]
    result = blend(frame, patches)
    assert result.cleared
    assert likeness(result.image, 0, "b") > likeness(result.image, 0, "a")
    assert likeness(result.image, 1, "c") > likeness(IMAGE, 1, "c")


def test_a_patch_of_one_source_is_not_handed_out_for_another():
    node = swap(map={"anna": source("c")})
    first = node(Frame(IMAGE, seq=0), FACES)
    named = Faces((replace(FACES[0], person="anna", same_as=0), replace(FACES[1], same_as=0)))
    second = node(Frame(IMAGE, seq=1), named)
    assert [patch.source for patch in first] == ["source_b", "source_b"]
    assert [patch.source for patch in second] == ["source_c", "source_b"]
    assert node.counters() == {"swaps": 3, "reuses": 1}


def test_others_are_blurred_beyond_recognition_or_left_as_they_are():
    frame = Frame(IMAGE, seq=0)
    named = Faces((replace(FACES[0], person="anna"), FACES[1]))
    hidden = blend(frame, swap(map={"anna": source("c")}, others="blur")(frame, named))
    assert hidden.cleared
    assert likeness(hidden.image, 1, "b") < 0.5
    x0, y0, x1, y1 = FACES[1].box.astype(int)
    assert np.abs(np.diff(hidden.image[y0:y1, x0:x1].astype(int), axis=1)).max() < 24
    bare = blend(frame, swap(map={"anna": source("c")}, others="leave")(frame, named))
    assert bare.cleared
    assert (bare.image[y0:y1, x0:x1] == IMAGE[y0:y1, x0:x1]).all()


def test_a_face_without_landmarks_can_be_blurred_and_a_lost_one_is_failed():
    plain = Faces((replace(FACES[0], landmarks=None), replace(FACES[1], age=0.5)))
    patches = swap(map={"anna": source("c")}, others="blur")(Frame(IMAGE, seq=0), plain)
    assert [patch.status for patch in patches] == [PatchStatus.SWAPPED, PatchStatus.FAILED]
    assert not patches.clears()


def test_which_is_live_and_faces_that_are_not_chosen_count_as_cleared():
    node, frame = swap(), Frame(IMAGE, seq=0)
    left, right, both = (node(frame, FACES, which=which) for which in ("left", "right", "all"))
    assert [patch.status for patch in left] == [PatchStatus.SWAPPED, PatchStatus.LEFT_ALONE]
    assert [patch.status for patch in right] == [PatchStatus.LEFT_ALONE, PatchStatus.SWAPPED]
    assert [patch.status for patch in both] == [PatchStatus.SWAPPED] * 2
    assert left.clears()
    assert node.counters() == {"swaps": 4, "reuses": 0, "leave": 2}


@pytest.mark.parametrize(("person", "said"), [(None, 1), ("anna", 0)])
def test_it_says_at_the_end_when_nobody_of_the_map_was_seen(person, said, caplog):
    node = swap(map={"anna": source("c")})
    node(Frame(IMAGE, seq=0), Faces((replace(FACES[0], person=person),)))
    node.close()
    assert caplog.text.count("nobody was seen as anna; `people` of a cache before swap says who is who") == said
