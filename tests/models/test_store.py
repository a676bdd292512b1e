import hashlib
import json
import os
import sys

import pytest

from models.cards import load_card
from models.session import ModelStore
from models.store import Store, store_folder
from runtime.errors import ModelError
from tests.junk import JUNK
from tests.models.graphs import inswapper, saved, swapper_256
from tests.models.serving import Server


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "models")


@pytest.fixture
def server():
    with Server() as server:
        yield server


def served(server, name, content, sha256=None):
    """Returns a model's card with its file on the server, of which the card knows no hash unless one is given."""
    card = load_card(name)
    server.serve("/net", content)
    file = {"bytes": len(content), "sha256": sha256 or "unknown", "urls": (server.url("/net"),)}
    return card.model_copy(update={"files": (card.files[0].model_copy(update=file),)})


def silent(_file):
    return lambda _have, _total: None


def test_the_folder_is_named_by_the_environment_or_lies_with_the_users_data(monkeypatch, tmp_path):
    monkeypatch.setenv("DLC_MODELS", str(tmp_path))
    assert store_folder() == tmp_path
    monkeypatch.setenv("DLC_MODELS", "~/nets")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert store_folder() == tmp_path / "nets"
    monkeypatch.delenv("DLC_MODELS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert store_folder() == tmp_path / "dlc" / "models"


def test_looking_makes_no_folder(store):
    assert store.state(load_card("facemesh")) == "bundled"
    assert store.state(load_card("yunet")) == "missing"
    assert store.missing("ghost_1_256") == ["arcface_w600k_r50", "crossface_ghost", "ghost_1_256"]
    assert store.missing("facemesh") == []
    assert not store.folder.exists()


def test_a_model_whose_hash_nobody_knows_is_pinned_when_it_comes_and_that_is_said(store, server, tmp_path):
    content = swapper_256(tmp_path / "a.onnx").read_bytes()
    card = served(server, "simswap_256", content)
    digest = hashlib.sha256(content).hexdigest()
    assert store.pull(card, silent) == [
        f"simswap_256.onnx: nobody vouches for its SHA-256; pinned as it came: {digest}"
    ]
    assert store.state(card) == "here"
    assert store.verify(card) == []
    assert store.read(card.files[0], card.name) == content
    assert store.expected(card.files[0]) == (len(content), digest)
    assert sorted(path.name for path in store.folder.iterdir()) == ["simswap_256.onnx", "store.json"]
    assert store.pull(card, silent) == []
    assert len(server.routes["/net"].requests) == 1


def test_a_model_whose_hash_is_known_needs_no_word(store, server):
    card = served(server, "yunet", b"\x08net", hashlib.sha256(b"\x08net").hexdigest())
    assert store.pull(card, silent) == []
    assert store.verify(card) == []


def test_what_comes_under_an_unknown_hash_has_to_be_shaped_like_the_model(store, server, tmp_path):
    card = served(server, "simswap_256", inswapper(tmp_path / "a.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"what came is not simswap_256: it takes target \[1, 3, 128, 128\]"):
        store.pull(card, silent)
    assert list(store.folder.iterdir()) == []


def test_a_changed_file_is_seen_by_its_size_at_once_and_else_by_verifying(store, server, tmp_path):
    content = swapper_256(tmp_path / "a.onnx").read_bytes()
    card = served(server, "simswap_256", content)
    store.pull(card, silent)
    path = store.path(card.files[0])
    path.write_bytes(content[:-1] + b"\x01")
    assert store.state(card) == "here"
    (fault,) = store.verify(card)
    assert fault.startswith(f"{path}: the model file is not the one of its card: {len(content)} bytes, SHA-256")
    with pytest.raises(ModelError, match=r"; get it with: dlc.py models pull simswap_256$"):
        store.read(card.files[0], card.name)
    path.write_bytes(content[:-1])
    assert store.state(card) == "damaged"
    store.pull(card, silent)
    assert store.verify(card) == []


def test_a_file_that_was_put_there_by_hand_is_trusted_only_by_its_hash(store, tmp_path):
    store.folder.mkdir()
    card = load_card("simswap_256")
    swapper_256(store.path(card.files[0]))
    assert store.state(card) == "damaged"
    assert "nobody vouches for it" in store.verify(card)[0]


def test_importing_copies_and_pins(store, tmp_path):
    source, card = inswapper(tmp_path / "mine.onnx"), load_card("inswapper_128")
    record = store.add(source, card, card.files[0])
    assert record.origin == str(source)
    assert store.verify(card) == []
    assert source.exists()
    source.unlink()
    assert store.read(card.files[0], card.name)


def test_removing_takes_the_file_and_what_is_known_of_it(store, tmp_path):
    card = load_card("inswapper_128")
    store.add(inswapper(tmp_path / "mine.onnx"), card, card.files[0])
    (store.folder / ".inswapper_128.onnx.partial").write_bytes(b"1234")
    assert store.remove(card) > 0
    assert store.state(card) == "missing"
    assert [path.name for path in store.folder.iterdir()] == ["store.json"]
    assert store.record(card.files[0]) is None
    with pytest.raises(ModelError, match="facemesh comes with dlc and stays"):
        store.remove(load_card("facemesh"))


def test_a_licence_is_accepted_once(store):
    licence = load_card("inswapper_128").licence
    assert not store.accepted(licence)
    store.accept(licence)
    assert Store(store.folder).accepted(load_card("scrfd_10g").licence)
    assert not store.accepted(load_card("codeformer").licence)


@pytest.mark.parametrize("text", [*JUNK, '{"files": [], "licences": {}}', '{"files": {}, "licences": 1}'])
def test_a_record_that_cannot_be_read_is_told(store, text):
    store.folder.mkdir()
    (store.folder / "store.json").write_text(text)
    with pytest.raises(ModelError, match=r"store.json: cannot be read .*; delete it, and pull or import models again"):
        store.expected(load_card("yunet").files[0])


@pytest.mark.parametrize("entry", [None, 3, [], {"bytes": 3}, {"bytes": "3", "sha256": 1, "origin": 2, "at": None}])
def test_an_entry_of_another_layout_is_missing_from_the_record_alone(store, tmp_path, entry):
    card, other = load_card("inswapper_128"), load_card("yunet")
    record = store.add(inswapper(tmp_path / "mine.onnx"), card, card.files[0])
    noted = json.loads((store.folder / "store.json").read_text())
    noted["files"] |= {other.files[0].name: entry, "somebody.dfm": entry}
    (store.folder / "store.json").write_text(json.dumps(noted))
    assert store.expected(other.files[0]) == (other.files[0].bytes, other.files[0].sha256)
    assert store.expected(card.files[0]) == (record.bytes, record.sha256)
    assert store.own() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_read_all_the_same(store, tmp_path):
    card = load_card("inswapper_128")
    store.add(inswapper(tmp_path / "mine.onnx"), card, card.files[0])
    store.folder.chmod(0o500)
    try:
        assert store.verify(card) == []
        with pytest.raises(ModelError, match=r"cannot be written \(Permission denied\); DLC_MODELS names another"):
            store.remove(card)
    finally:
        store.folder.chmod(0o700)


def test_a_store_in_the_way_of_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be written"):
        Store(tmp_path / "file").accept(load_card("codeformer").licence)


def test_sessions_load_what_the_store_has_and_else_name_the_command(monkeypatch, tmp_path):
    monkeypatch.setenv("DLC_MODELS", str(tmp_path))
    with pytest.raises(ModelError) as caught:
        ModelStore().session("inswapper_128")
    assert str(caught.value) == ("the model 'inswapper_128' is not here; get it with: dlc.py models pull inswapper_128")
    card = load_card("inswapper_128")
    record = Store().add(inswapper(tmp_path / "mine.onnx"), card, card.files[0])
    store = ModelStore()
    assert store.session("inswapper_128").device == "cpu"
    assert store.file("inswapper_128") == (tmp_path / "inswapper_128.onnx", record.sha256)


def test_a_graph_that_onnx_runtime_does_not_know_is_told(monkeypatch, tmp_path):
    import onnx

    monkeypatch.setenv("DLC_MODELS", str(tmp_path))
    file = inswapper(tmp_path / "mine.onnx")
    model = onnx.load(file)
    model.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(model, file)
    card = load_card("inswapper_128")
    Store().add(file, card, card.files[0])
    with pytest.raises(ModelError, match=r"ONNX Runtime .* cannot load .*NoSuchOperator"):
        ModelStore().session("inswapper_128")


def test_the_record_says_where_a_file_came_from_and_when(store, tmp_path):
    card = load_card("inswapper_128")
    store.add(inswapper(tmp_path / "mine.onnx"), card, card.files[0])
    noted = json.loads((store.folder / "store.json").read_text())["files"]["inswapper_128.onnx"]
    assert set(noted) == {"bytes", "sha256", "origin", "at"}


def test_what_comes_and_is_no_model_is_told_without_its_passing_name(store, server):
    card = served(server, "simswap_256", b"\x08no network" * 9)
    with pytest.raises(
        ModelError, match=r"^what came is not simswap_256: is no ONNX model, or a damaged one; get it again$"
    ):
        store.pull(card, silent)
    assert [path.name for path in store.folder.iterdir()] == []
    assert store.verify(card) == [f"{store.path(card.files[0])}: the model file is not here"]


def test_a_file_of_another_shape_is_not_taken_for_a_model(store, tmp_path):
    card = load_card("codeformer")
    with pytest.raises(ModelError, match="what came is not codeformer"):
        store.add(saved(tmp_path / "a.onnx", {"x": (1,)}, {"y": (1,)}), card, card.files[0])
    assert store.state(card) == "missing"
