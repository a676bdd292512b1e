"""ZIP files that were damaged on the way, or by intent."""

import io
import random
import zipfile
from pathlib import Path

import pytest

from models.cards import cards
from models.packs import is_pack, take_in
from models.store import Store
from models.zips import opened
from runtime.errors import ModelError


@pytest.fixture(scope="module")
def whole():
    """A ZIP file with a file packed in each way."""
    stream = io.BytesIO()
    ways = {"a": zipfile.ZIP_DEFLATED, "\u00fc": zipfile.ZIP_LZMA, "c": zipfile.ZIP_BZIP2, "d": zipfile.ZIP_STORED}
    with zipfile.ZipFile(stream, "w") as archive:
        for name, way in ways.items():
            archive.writestr(f"{name}.onnx", name.encode() * 100, way)
    return stream.getvalue()


def damaged(content, number):
    """Returns the content cut off or with some bytes changed, the same way each time."""
    chance = random.Random(number)
    data = bytearray(content[: chance.randrange(8, len(content))] if number % 5 == 0 else content)
    for _ in range(chance.randrange(1, 4)):
        data[chance.randrange(4, len(data))] = chance.choice([0, 255, chance.randrange(256)])
    return bytes(data)


def test_whatever_is_damaged_it_is_one_error(whole, tmp_path):
    path, refused = tmp_path / "b.zip", 0
    for number in range(1000):
        path.write_bytes(damaged(whole, number))
        try:
            with opened(path) as archive:
                for info in archive.infolist():
                    archive.read(info)
        except zipfile.BadZipFile:
            refused += 1
    assert 500 < refused < 1000


def test_a_disk_that_fails_is_no_damage(whole, tmp_path):
    (tmp_path / "b.zip").write_bytes(whole)
    with pytest.raises(OSError, match="No such file"), opened(tmp_path / "b.zip"):
        (tmp_path / "none").read_bytes()


def test_a_damaged_pack_is_refused_or_its_parts_are(whole, tmp_path):
    path, store = tmp_path / "b.zip", Store(tmp_path / "store")
    for number in range(60):
        path.write_bytes(damaged(whole, number))
        try:
            assert all(found.known is None for found in take_in(path, cards(), store))
        except ModelError as error:
            assert "is no pack that can be opened" in str(error)  # noqa: PT017  # either is right
    assert list(store.folder.iterdir()) == []


def test_names_in_a_pack_cannot_write_over_the_terminal(tmp_path):
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("new\nline\x1b[31m.onnx", b"x")
        archive.writestr("x" * 5000 + ".onnx", b"x")
    first, second = take_in(path, cards(), Store(tmp_path / "store"))
    assert first.part == "new?line?[31m.onnx"
    assert len(second.part) < 200


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="asks for a file that never ends")
def test_what_never_ends_is_not_read():
    with pytest.raises(ModelError, match=r"^/dev/zero: is neither a file nor a folder$"):
        is_pack(Path("/dev/zero"))
