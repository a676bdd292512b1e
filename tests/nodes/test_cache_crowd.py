"""The cache with many faces: who may be whom is told by few comparisons, and as if all were made anew."""

from itertools import combinations

import numpy as np
import pytest

from models.recognisers import LIMITS
from nodes.cache.gallery import Gallery
from nodes.cache.identities import Identities
from nodes.cache.matches import Matches
from runtime.kinds import Face, Faces, Identity
from tests.nodes.conftest_faces import frame, wall

SIZE = 16
RANDOM = np.random.default_rng(0)


class Counted(Gallery):
    """Counts the pairs that are compared."""

    pairs = 0

    def matches(self, identity, numbers):
        numbers = list(numbers)
        self.pairs += len(numbers)
        return super().matches(identity, numbers)


def identity():
    """One of many that are alike by chance."""
    vector = RANDOM.normal(size=SIZE).astype(np.float32) + np.float32(0.7)
    return Identity("faceres", vector / np.linalg.norm(vector))


def face(track, box):
    return Face(box=np.array(box, np.float32), points=np.zeros((5, 2), np.float32), score=1.0, track=track)


def test_matches_are_those_of_a_fresh_comparison_whatever_has_happened():
    gallery = Gallery(limit=6, limits=LIMITS["faceres"])
    matches, identities = Matches(gallery), {}
    for step in range(300):
        identities[int(RANDOM.integers(8))] = identity()
        if step % 5 == 0:
            identities.pop(int(RANDOM.integers(8)), None)
        told = matches.of(identities)
        assert told == {track: gallery.matches(one, gallery.people) for track, one in identities.items()}
        gallery.learn(step // 4 if step % 3 else int(RANDOM.integers(step + 1)), identity())
        if step % 7 == 0 and len(gallery.people) > 1:
            gallery.merge(*list(gallery.people)[:2])
        gallery.see(list(gallery.people)[:2], now=step / 30)


def test_one_new_identity_among_200_is_compared_with_all_and_the_others_with_whom_it_changed():
    gallery = Counted(limit=32, limits=LIMITS["faceres"])
    matches, identities = Matches(gallery), {track: identity() for track in range(200)}
    for track, one in identities.items():
        gallery.learn(track, one)
    matches.of(identities)
    before = gallery.pairs
    identities[7] = identity()
    gallery.learn(7, identities[7])
    matches.of(identities)
    assert gallery.pairs - before == 200 + 199


class Embedder:
    """Makes identities without looking."""

    name = "faceres"

    def identities(self, image, faces):
        return [identity() for _ in faces]


@pytest.mark.parametrize("count", [0, 1, 2, 60])
def test_who_is_close_to_whom_is_found_among_all_pairs(count):
    boxes = [(x, y, x + size, y + size) for x, y, size in RANDOM.uniform((0, 0, 20), (1500, 900, 120), (count, 3))]
    faces = Faces(tuple(face(track, box) for track, box in enumerate(boxes)))
    identities = Identities(Embedder())
    for index in range(count + 1):
        identities.learn(frame(wall(), index, index / 30), faces, 10)
    close = set()
    for one, other in combinations(range(count), 2):
        (x0, y0, x1, y1), (u0, v0, u1, v1) = boxes[one], boxes[other]
        if np.hypot(x0 + x1 - u0 - u1, y0 + y1 - v0 - v1) / 2 < max(x1 - x0, u1 - u0):
            close |= {one, other}
    assert {track for track in range(count) if identities.of(track).close} == close
    assert len(close) < max(count, 1)
