"""The size of the cache: what goes when there is too much, and what stays."""

import json
import os
import time

import pytest

from models import cache_limit
from models.cache_limit import LEFT_OVER_S, LIMIT, touch, trim
from models.caches import CompiledFolder
from models.opening import Wish
from models.rewrite import rewritten
from tests.models.test_rewrite import prelu

NOW = time.time()


def aged(path, hours):
    os.utime(path, (NOW - 3600 * hours, NOW - 3600 * hours))


def a_rewritten(root, key, size, hours):
    folder = root / "rewritten"
    folder.mkdir(exist_ok=True)
    (folder / f"{key}.onnx").write_bytes(b"x" * size)
    (folder / f"{key}.json").write_text("")
    aged(folder / f"{key}.json", hours)


def a_compiled(root, key, size, hours, *, finished=True):
    folder = CompiledFolder(root, key)
    folder.begin()
    (folder.path / "inner").mkdir()
    (folder.path / "inner" / "weights").write_bytes(b"x" * size)
    if finished:
        folder.finish()
        aged(root / "compiled" / f"{key}.txt", hours)
    aged(folder.path, hours)
    return folder.path


def left(root):
    return {
        path.name.split("-")[0].split(".")[0] for part in ("rewritten", "compiled") for path in (root / part).glob("*")
    }


def test_what_was_used_longest_ago_goes_until_the_limit_is_kept(tmp_path):
    a_rewritten(tmp_path, "oldest", 300, 30)
    a_compiled(tmp_path, "old", 300, 20)
    a_rewritten(tmp_path, "young", 300, 10)
    a_compiled(tmp_path, "youngest", 300, 5)
    assert trim(tmp_path, limit=2000) == 0
    trim(tmp_path, limit=1100)
    assert left(tmp_path) == {"old", "young", "youngest"}
    trim(tmp_path, limit=700)
    assert left(tmp_path) == {"young", "youngest"}
    assert not list((tmp_path / "compiled").glob("old*"))


def test_use_makes_young(tmp_path):
    a_rewritten(tmp_path, "one", 300, 30)
    a_rewritten(tmp_path, "two", 300, 20)
    touch(tmp_path / "rewritten" / "one.json")
    trim(tmp_path, limit=400)
    assert left(tmp_path) == {"one"}


def test_what_was_used_since_the_process_began_stays_however_much_it_is(tmp_path):
    a_rewritten(tmp_path, "before", 300, 2)
    a_rewritten(tmp_path, "since", 300, 0.5)
    trim(tmp_path, limit=0, since=NOW - 3600)
    assert left(tmp_path) == {"since"}


def test_a_compiled_folder_that_is_opened_again_counts_as_used(tmp_path):
    a_compiled(tmp_path, "key", 300, 30)
    again = CompiledFolder(tmp_path, "key")
    again.begin()
    assert trim(tmp_path, limit=0) == 0
    assert again.path.is_dir()


def test_a_folder_that_somebody_compiles_into_stays_and_one_that_was_cut_off_goes(tmp_path):
    hours = LEFT_OVER_S / 3600
    busy = a_compiled(tmp_path, "busy", 300, hours - 1, finished=False)
    cut_off = a_compiled(tmp_path, "cut", 300, hours + 1, finished=False)
    trim(tmp_path, limit=0)
    assert busy.is_dir()
    assert not cut_off.exists()


def test_a_note_that_points_elsewhere_has_nothing_removed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "cache" / "compiled").mkdir(parents=True)
    for name, text in (("a", "../../outside"), ("b", str(outside)), ("c", "..")):
        note = tmp_path / "cache" / "compiled" / f"{name}.txt"
        note.write_text(text)
        aged(note, 99)
    trim(tmp_path / "cache", limit=0)
    assert outside.is_dir()


@pytest.mark.parametrize("again", [False, True], ids=["made", "found"])
def test_a_network_that_is_rewritten_makes_room_and_counts_as_used(tmp_path, monkeypatch, again):
    wish, content = Wish(shape=(2, 3, 4, 4)), prelu([[[0.25]], [[-0.5]], [[1.0]]])
    a_rewritten(tmp_path, "old", LIMIT_OF_TEST, 30)
    monkeypatch.setattr(cache_limit.trim, "__defaults__", (LIMIT_OF_TEST, cache_limit.STARTED))
    rewritten(content, wish, tmp_path)
    if again:
        note = next((tmp_path / "rewritten").glob("*.json"))
        aged(note, 30)
        rewritten(content, wish, tmp_path)
        assert note.stat().st_mtime >= cache_limit.STARTED
    assert "old" not in left(tmp_path)
    assert len(left(tmp_path)) == 1
    assert json.loads(next((tmp_path / "rewritten").glob("*.json")).read_text())["sha256"]


LIMIT_OF_TEST = 100_000


def test_a_cache_that_is_not_there_is_no_matter(tmp_path):
    assert trim(tmp_path / "none", limit=0) == 0
    touch(tmp_path / "none")
    assert LIMIT == 4 << 30
