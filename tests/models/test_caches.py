import os

import pytest

from models.cache_limit import LEFT_OVER_S
from models.caches import CompiledFolder, cache_folder, key_of
from runtime.errors import ModelError


def test_only_a_folder_that_was_finished_is_used_again(tmp_path):
    first = CompiledFolder(tmp_path, "key")
    first.begin()
    second = CompiledFolder(tmp_path, "key")
    assert (first.ready, second.ready) == (False, False)
    assert first.path != second.path
    first.finish()
    third = CompiledFolder(tmp_path, "key")
    assert third.ready
    assert third.path == first.path


def test_a_finished_folder_that_somebody_removed_is_made_again(tmp_path):
    folder = CompiledFolder(tmp_path, "key")
    folder.begin()
    folder.finish()
    folder.path.rmdir()
    assert not CompiledFolder(tmp_path, "key").ready


@pytest.mark.parametrize("text", ["", ".", "..", "other", "a/b", "\0", "x" * 5000])
def test_a_note_that_names_no_folder_of_its_own_counts_as_none(tmp_path, text):
    folder = CompiledFolder(tmp_path, "key")
    folder.begin()
    folder.finish()
    (tmp_path / "compiled" / "other").mkdir()
    (tmp_path / "compiled" / "key.txt").write_text(text)
    again = CompiledFolder(tmp_path, "key")
    assert not again.ready
    assert again.path.parent == tmp_path / "compiled"
    again.begin()
    again.finish()
    assert CompiledFolder(tmp_path, "key").path == again.path


def test_what_was_cut_off_long_ago_is_cleared_away(tmp_path):
    old, young = CompiledFolder(tmp_path, "key"), CompiledFolder(tmp_path, "key")
    old.begin()
    young.begin()
    stamp = old.path.stat().st_mtime - 2 * LEFT_OVER_S
    os.utime(old.path, (stamp, stamp))
    CompiledFolder(tmp_path, "key").begin()
    assert not old.path.exists()
    assert young.path.exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "compiled").write_text("in the way")
    with pytest.raises(ModelError, match="set DLC_CACHE to another folder"):
        CompiledFolder(tmp_path, "key").begin()


def test_the_user_may_choose_the_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("DLC_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("DLC_CACHE")
    assert cache_folder().name == "dlc"


def test_keys_differ_with_their_parts():
    assert key_of("a", 1) == key_of("a", 1) != key_of("a", 2)
