import os
import stat

import pytest

from runtime.json_cache import JsonCache
from runtime.whole_file import write_whole


def mode_of(file):
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize(("content", "written"), [("a\r\nö\n", b"a\r\n\xc3\xb6\n"), (b"\r\n\0", b"\r\n\0")])
def test_content_is_written_as_it_is(tmp_path, content, written):
    write_whole(tmp_path / "file", content)
    assert (tmp_path / "file").read_bytes() == written
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_what_was_there_stays_when_the_new_content_cannot_be_put_in_its_place(tmp_path):
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError):  # noqa: PT011  # which one differs by system
        write_whole(tmp_path / "file", "new")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
@pytest.mark.parametrize("mode", [0o600, 0o666, 0o640])
def test_a_mode_holds_whatever_the_umask(tmp_path, mode):
    write_whole(tmp_path / "file", "text", mode=mode)
    assert mode_of(tmp_path / "file") == mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_without_a_mode_the_umask_decides(tmp_path):
    (tmp_path / "plain").touch()
    write_whole(tmp_path / "file", "text")
    assert mode_of(tmp_path / "file") == mode_of(tmp_path / "plain")


def test_entries_come_back_and_those_of_other_processes_stay(tmp_path):
    ours, theirs = (JsonCache(tmp_path / "deep" / "cache.json") for _ in range(2))
    ours.put("a", [1.5])
    theirs.put("b", {"c": 2})
    ours.put("a", [2.5])
    assert JsonCache(tmp_path / "deep" / "cache.json").get("a") == [2.5]
    assert JsonCache(tmp_path / "deep" / "cache.json").get("b") == {"c": 2}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
def test_a_file_that_cannot_be_read_counts_as_empty_and_is_written_anew(tmp_path, content):
    file = tmp_path / "cache.json"
    file.write_bytes(content)
    cache = JsonCache(file)
    assert cache.get("a") is None
    cache.put("a", 1)
    assert JsonCache(file).get("a") == 1


def test_a_folder_that_cannot_be_written_keeps_entries_for_this_process(tmp_path):
    (tmp_path / "file").write_text("no folder")
    cache = JsonCache(tmp_path / "file" / "cache.json")
    cache.put("a", 1)
    assert cache.get("a") == 1
