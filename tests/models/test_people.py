"""Saved people are private files; things that are alike are grouped."""

import stat

import numpy as np
import pytest

from models.clusters import clusters
from models.people import PeopleStore, SavedPerson
from models.vault import write_private
from runtime.errors import StreamError

ANNA = SavedPerson("anna", np.eye(2, 8, dtype=np.float32), np.arange(9, dtype=np.uint8))


@pytest.fixture
def store(tmp_path):
    return PeopleStore(tmp_path / "data" / "faces")


def test_a_saved_person_is_read_as_it_was_and_readable_for_nobody_else(store):
    file = store.save(ANNA)
    read = store.load("anna")
    np.testing.assert_array_equal(read.vectors, ANNA.vectors)
    np.testing.assert_array_equal(read.thumbnail, ANNA.thumbnail)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert store.names() == ["anna"]
    assert list(store.folder.iterdir()) == [file]


def test_who_is_removed_is_gone(store):
    store.save(ANNA)
    store.remove("anna")
    assert store.names() == []
    with pytest.raises(StreamError, match="nobody is saved as 'anna'"):
        store.remove("anna")


@pytest.mark.parametrize("name", ["", "../x", "a b", "a.b", "a/b"])
def test_names_cannot_leave_the_folder(store, name):
    with pytest.raises(StreamError, match="is no name for a person"):
        store.save(SavedPerson(name, ANNA.vectors, ANNA.thumbnail))


def test_a_damaged_file_is_told(store):
    file = store.save(ANNA)
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(StreamError, match=r"anna.face: is damaged; delete it, and save anna again"):
        store.load("anna")


def test_a_file_that_lacks_something_is_told(store):
    write_private(store.save(ANNA), "person-faceres", {"vectors": ANNA.vectors})
    with pytest.raises(StreamError, match=r"anna.face: holds no 'thumbnail'; delete it, and save anna again"):
        store.load("anna")


def test_embeddings_of_another_model_are_not_taken(store):
    store.save(ANNA)
    with pytest.raises(
        StreamError,
        match="anna was saved with embeddings of faceres, which cannot be compared with those "
        "of other: use `identity: faceres`, or pictures instead of the name",
    ):
        PeopleStore(store.folder, "other").load("anna")


def test_what_is_alike_is_grouped_by_its_mean_likeness():
    angles = np.deg2rad([0, 10, 90, 100, 110, 200])
    similar = np.cos(angles[:, None] - angles)
    assert clusters(similar, 0.8) == [[2, 3, 4], [0, 1], [5]]
    assert clusters(similar, 2.0) == [[0], [1], [2], [3], [4], [5]]
    assert clusters(np.empty((0, 0)), 0.5) == []


def test_two_that_cannot_be_one_stay_apart_through_all_others():
    similar = np.full((3, 3), 0.9)
    similar[0, 1] = similar[1, 0] = -np.inf
    assert [len(group) for group in clusters(similar, 0.5)] == [2, 1]
