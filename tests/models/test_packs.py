"""Packs of InsightFace's kind, made of twins: what is taken out of them, and what a hostile one may do."""

import hashlib
import io
import zipfile

import pytest

from models import packs
from models.cards import cards, load_card
from models.packs import is_pack, packs_of, take_in
from models.store import Store
from runtime.errors import ModelError
from tests.models.twins import arcface, dense106, fan68, scrfd

CARDS = cards()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def buffalo():
    """The files of buffalo_l as twins, by name; two of them are no business of dlc's."""
    return {
        "buffalo_l/det_10g.onnx": scrfd().SerializeToString(),
        "buffalo_l/w600k_r50.onnx": arcface().SerializeToString(),
        "buffalo_l/2d106det.onnx": dense106().SerializeToString(),
        "buffalo_l/1k3d68.onnx": fan68().SerializeToString()[:500],
        "buffalo_l/readme.txt": b"read me",
    }


def zipped(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def unpacked(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_cards_say_which_packs_there_are():
    known = {name: sorted(card.name for card in members) for name, members in packs_of(CARDS).items()}
    assert known == {
        "buffalo_l": ["2d106det", "arcface_w600k_r50", "scrfd_10g"],
        "buffalo_m": ["2d106det", "arcface_w600k_r50", "scrfd_2.5g"],
        "buffalo_s": ["2d106det", "arcface_w600k_mbf", "scrfd_500m"],
        "buffalo_sc": ["arcface_w600k_mbf", "scrfd_500m"],
    }


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_what_dlc_knows_is_taken_out_of_a_pack(tmp_path, store, buffalo, form):
    pack = zipped(tmp_path / "b.zip", buffalo) if form == "zip" else unpacked(tmp_path / "b", buffalo)
    assert is_pack(pack)
    found = {part.part.removeprefix("buffalo_l/"): part for part in take_in(pack, CARDS, store)}
    models = {name: part.known.card.name for name, part in found.items() if part.known}
    assert models == {"det_10g.onnx": "scrfd_10g", "w600k_r50.onnx": "arcface_w600k_r50", "2d106det.onnx": "2d106det"}
    assert "is no ONNX model" in found["1k3d68.onnx"].why
    for model in models.values():
        assert store.verify(load_card(model)) == []
    record = store.record(load_card("scrfd_10g").files[0])
    assert record.origin.endswith("b.zip#buffalo_l/det_10g.onnx" if form == "zip" else "b/buffalo_l/det_10g.onnx")
    assert sorted(path.name for path in store.folder.iterdir()) == [
        "2d106det.onnx", "det_10g.onnx", "store.json", "w600k_r50.onnx"
    ]  # fmt: skip


def test_bytes_that_are_known_need_no_name(tmp_path, store, buffalo):
    content = buffalo["buffalo_l/det_10g.onnx"]
    card = load_card("scrfd_10g")
    known = card.files[0].model_copy(update={"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)})
    pack = zipped(tmp_path / "b.zip", {"x.onnx": content})
    (found,) = take_in(pack, [card.model_copy(update={"files": (known,)})], store)
    assert found.known.certain


def test_what_is_known_by_its_shape_alone_replaces_nothing(tmp_path, store, buffalo):
    list(take_in(zipped(tmp_path / "a.zip", buffalo), CARDS, store))
    before = store.record(load_card("2d106det").files[0])
    twice = {"2d106det.onnx": buffalo["buffalo_l/2d106det.onnx"]}
    (found,) = take_in(zipped(tmp_path / "b.zip", twice), CARDS, store)
    assert found.why == "looks like 2d106det, which is here; import it alone to replace that"
    assert store.record(load_card("2d106det").files[0]) == before


def test_names_of_a_pack_are_no_paths(tmp_path, store, buffalo):
    content = buffalo["buffalo_l/2d106det.onnx"]
    before = {path.name for path in tmp_path.iterdir()}
    pack = zipped(tmp_path / "b.zip", {"../../2d106det.onnx": content, "/2d106det.onnx": content})
    first, second = take_in(pack, CARDS, store)
    assert first.known.card.name == "2d106det"
    assert second.why == "another file of the pack is 2d106det already"
    assert {path.name for path in tmp_path.iterdir()} - before == {"b.zip", "store"}
    assert sorted(path.name for path in store.folder.iterdir()) == ["2d106det.onnx", "store.json"]


@pytest.mark.parametrize(("limit", "value"), [("MOST_FILES", 2), ("LARGEST_PACK", 1000), ("LARGEST", 1000)])
def test_a_pack_that_is_too_large_is_refused_before_anything_is_unpacked(
    tmp_path, store, buffalo, monkeypatch, limit, value
):
    monkeypatch.setattr(packs, limit, value)
    with pytest.raises(ModelError, match="more than a pack has"):
        list(take_in(zipped(tmp_path / "b.zip", buffalo), CARDS, store))
    assert list(store.folder.iterdir()) == []


def test_a_file_that_says_less_than_it_has_is_not_unpacked_further(tmp_path, store):
    pack = zipped(tmp_path / "b.zip", {"a.onnx": bytes(100_000)})
    content = bytearray(pack.read_bytes())
    for at in (22, content.index(b"PK\x01\x02") + 24):  # the size, in the local header and in the directory
        content[at : at + 4] = (50).to_bytes(4, "little")
    pack.write_bytes(content)
    with pytest.raises(ModelError, match=r"is no pack that can be opened|more bytes than the pack says"):
        list(take_in(pack, CARDS, store))


def test_what_is_no_pack_is_told(tmp_path, store):
    damaged = tmp_path / "b.zip"
    damaged.write_bytes(zipped(tmp_path / "a.zip", {"a.onnx": b"x" * 1000}).read_bytes()[:60])
    with pytest.raises(ModelError, match="is no pack that can be opened"):
        list(take_in(damaged, CARDS, store))
    with pytest.raises(ModelError, match="cannot be read: No such file"):
        is_pack(tmp_path / "none.zip")
    (tmp_path / "net.onnx").write_bytes(b"\x08")
    assert not is_pack(tmp_path / "net.onnx")
    stream = io.BytesIO()
    zipfile.ZipFile(stream, "w").close()
    (tmp_path / "empty.zip").write_bytes(stream.getvalue())
    assert not is_pack(tmp_path / "empty.zip")
