"""`models`, as somebody sees it who wants a model: in the terminal, with a server of this machine behind the cards."""

import hashlib
import json
import sys
import zipfile

import onnx
import pytest
import typer
import yaml
from typer.testing import CliRunner

import models.cards
from commands.models import app, complete_model, complete_wanted, import_, list_, pull, rm, show, verify, where
from models.cards import card_names, load_card
from models.store import Store
from runtime.errors import ConfigurationError, ModelError
from tests.models.graphs import inswapper, swapper_256
from tests.models.serving import Server
from tests.models.twins import arcface, dense106, dfm, scrfd


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    """The folder of models, and a terminal of 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("DLC_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def served(monkeypatch, tmp_path):
    """Serves a swapper and what it needs under their own cards, with hashes that fit."""
    swapper, embedding = swapper_256(tmp_path / "swapper").read_bytes(), b"\x08embedding" * 50_000
    here = tmp_path / "cards"
    here.mkdir()
    with Server() as server:
        for name, content, sha256 in (
            ("hyperswap_1a_256", swapper, "unknown"),
            ("arcface_w600k_r50", embedding, hashlib.sha256(embedding).hexdigest()),
            ("faceres", b"", ""),
        ):
            card = yaml.safe_load((models.cards.CARDS / f"{name}.yaml").read_text())
            if content:
                server.serve(f"/{name}", content)
                urls = [server.url("/gone"), server.url(f"/{name}")]
                card["files"] = [{**card["files"][0], "bytes": len(content), "sha256": sha256, "urls": urls}]
                card["outputs"] = {"face": card["outputs"].get("face", "[...]: it")}
            (here / f"{name}.yaml").write_text(yaml.safe_dump(card))
        monkeypatch.setattr(models.cards.load_card, "__defaults__", (here,))
        monkeypatch.setattr(models.cards.card_names, "__defaults__", (here,))
        monkeypatch.setattr(models.cards.cards, "__defaults__", (here,))
        yield server


def test_the_list_has_a_line_for_each_and_fits_80_columns(capsys):
    list_()
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == ["name", "task", "commercial", "size", "is", "here", "proven"]
    assert sorted(line.split()[0] for line in said[1:-2]) == card_names()
    assert any(
        line.split() == ["inswapper_128", "swap", "forbidden", "554.3", "MB", "missing", "not", "yet"] for line in said
    )
    assert any(line.split() == ["facemesh", "landmarks", "allowed", "2.5", "MB", "bundled", "yes"] for line in said)
    assert [line for line in said[:-1] if len(line) > 80 or line.endswith(" ")] == []


def test_commerce_sees_only_what_it_may_use_with_all_that_it_needs(capsys):
    list_(commercial=True, form="json")
    told = json.loads(capsys.readouterr().out)
    assert [item["name"] for item in told] == ["blazeface_full", "blazeface_short", "yunet", "facemesh"]
    assert {item["licence"]["commercial"] for item in told} == {"allowed"}
    assert [item["state"] for item in told] == ["bundled", "bundled", "missing", "bundled"]


@pytest.mark.parametrize("name", card_names())
def test_all_about_a_model_fits_too_but_for_addresses_and_hashes(name, capsys):
    show(name)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == name
    assert [line for line in said if len(line) > 80 and "://" not in line and "SHA-256" not in line] == []
    assert all(f"    {url}" in said for file in load_card(name).files for url in file.urls)
    show(name, "json")
    assert json.loads(capsys.readouterr().out)["name"] == name


def test_pulling_brings_what_is_needed_too_and_says_what_was_pinned(served, capsys, folder):
    pull(["hyperswap_1a_256"], accept_license=True)
    digest = hashlib.sha256((folder / "hyperswap_1a_256.onnx").read_bytes()).hexdigest()
    said = capsys.readouterr().out.replace(served.url(""), "")
    assert said == (
        "arcface_w600k_r50: 0.5 MB from /arcface_w600k_r50\n"
        "hyperswap_1a_256: 0.0 MB from /hyperswap_1a_256\n"
        f"hyperswap_1a_256.onnx: nobody vouches for its SHA-256; pinned as it came: {digest}\n"
    )
    pull(["hyperswap_1a_256"])
    assert capsys.readouterr().out == "arcface_w600k_r50: is here\nhyperswap_1a_256: is here\n"
    show("hyperswap_1a_256")
    assert f"    pinned  {digest}\n" in capsys.readouterr().out
    verify()
    assert "hyperswap_1a_256: as it should be\n" in capsys.readouterr().out


def test_what_cannot_be_had_keeps_nothing_else_from_coming(served, capsys):
    (served.routes["/arcface_w600k_r50"]).content = b"\x08another" * 50_000
    with pytest.raises(ModelError) as caught:
        pull(["hyperswap", "arcface_w600k_r50", "hyperswap_1a_256", "faceres"], accept_license=True)
    unknown, *foreign = str(caught.value).splitlines()
    assert unknown.startswith("there is no model 'hyperswap'")
    assert len([line for line in foreign if "w600k_r50.onnx" in line]) == 1
    said = capsys.readouterr().out
    assert "hyperswap_1a_256: 0.0 MB from" in said
    assert "faceres: is here" in said
    assert Store().missing("hyperswap_1a_256") == ["arcface_w600k_r50"]


def test_a_damaged_file_fails_verifying_and_is_got_again(served, capsys, folder):
    pull(["arcface_w600k_r50"], accept_license=True)
    (folder / "w600k_r50.onnx").write_bytes(b"\x08")
    with pytest.raises(typer.Exit):
        verify(["arcface_w600k_r50"])
    assert "the model file is not the one of its card: 1 bytes" in capsys.readouterr().out
    pull(["arcface_w600k_r50"])
    verify(["arcface_w600k_r50"])


@pytest.mark.usefixtures("served")
def test_a_licence_is_asked_for_once(monkeypatch, folder):
    with pytest.raises(ConfigurationError) as caught:
        pull(["hyperswap_1a_256"])
    assert str(caught.value) == (
        "arcface_w600k_r50: licence InsightFace, non-commercial research; commercial use: forbidden.\n"
        "nobody is here to accept it: pass --accept-license if you do"
    )
    assert not folder.exists()
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    answers = iter([True, False, True])
    monkeypatch.setattr(typer, "confirm", lambda _question: next(answers))
    with pytest.raises(ModelError, match="nothing was fetched: the licence was not accepted"):
        pull(["hyperswap_1a_256"])
    assert [path.name for path in folder.iterdir()] == ["store.json"]
    pull(["hyperswap_1a_256"])
    assert next(answers, "none left") == "none left"


def test_importing_tells_how_the_file_was_known(tmp_path, capsys, folder):
    file = inswapper(tmp_path / "found.onnx")
    with pytest.raises(ModelError, match="it may be inswapper_128, inswapper_128_fp16: say which with --as NAME"):
        import_(file)
    import_(file, "inswapper_128")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert capsys.readouterr().out == (
        f"inswapper_128: imported, known by its shape alone; pinned as it is: SHA-256 {digest}\n"
    )
    where("inswapper_128")
    assert capsys.readouterr().out == f"{folder / 'inswapper_128.onnx'}\n"
    rm(["inswapper_128"])
    assert capsys.readouterr().out == "inswapper_128: 0.0 MB freed\n"
    assert not (folder / "inswapper_128.onnx").exists()


def test_a_file_whose_bytes_are_known_is_imported_as_certain(served, tmp_path, capsys):
    (tmp_path / "found").write_bytes(served.routes["/arcface_w600k_r50"].content)
    import_(tmp_path / "found")
    assert capsys.readouterr().out == "arcface_w600k_r50: imported; every byte is as its card says\n"
    assert Store().missing("arcface_w600k_r50") == []


def test_what_is_not_here_is_not_said_to_be_deleted(capsys):
    with pytest.raises(ModelError, match=r"^not here, so nothing to delete: inswapper_128, dfm:nobody$"):
        rm(["inswapper_128", "dfm:nobody"])
    assert capsys.readouterr().out == ""


def test_a_dfm_file_is_imported_listed_verified_and_removed_as_the_users_own(tmp_path, capsys, folder):
    onnx.save(dfm(morphs=True), tmp_path / "tom.dfm")
    import_(tmp_path / "tom.dfm")
    assert capsys.readouterr().out.endswith("Graphs name it so: {type: swap, in: ..., model: dfm:tom}\n")
    list_()
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("dfm:tom"))
    assert line.split() == ["dfm:tom", "swap", "unclear", "size", "unknown", "here", "not", "yet"]
    show("dfm:tom")
    assert "may take morph_value:0" in " ".join(capsys.readouterr().out.split())
    verify()
    assert capsys.readouterr().out.splitlines()[-1] == "dfm:tom: as it should be"
    rm(["dfm:tom"])
    assert not (folder / "tom.dfm").exists()
    assert Store().own() == []


def test_a_dfm_file_has_no_address(folder):
    with pytest.raises(ModelError, match=r"dfm:tom has no address; with the file: dlc\.py models import tom\.dfm"):
        pull(["dfm:tom"], accept_license=True)


def test_a_pack_is_imported_part_by_part(tmp_path, capsys, folder):
    here = tmp_path / "buffalo_l"
    here.mkdir()
    for name, twin in {"2d106det": dense106(), "w600k_r50": arcface(), "det_10g": scrfd()}.items():
        onnx.save(twin, here / f"{name}.onnx")
    inswapper(here / "stranger.onnx")
    with zipfile.ZipFile(tmp_path / "buffalo_l.zip", "w") as archive:
        for file in here.iterdir():
            archive.write(file, f"buffalo_l/{file.name}")
    import_(tmp_path / "buffalo_l.zip")
    said = sorted(capsys.readouterr().out.splitlines())
    assert said == [
        "buffalo_l/2d106det.onnx: imported as 2d106det; known by its shape and name alone",
        "buffalo_l/det_10g.onnx: imported as scrfd_10g; known by its shape and name alone",
        (
            "buffalo_l/stranger.onnx: left out: its bytes are not known, and by its shape it may be inswapper_128, "
            "inswapper_128_fp16: say which with --as NAME"
        ),
        "buffalo_l/w600k_r50.onnx: imported as arcface_w600k_r50; known by its shape and name alone",
    ]
    verify(["scrfd_10g", "arcface_w600k_r50", "2d106det"])
    with pytest.raises(ModelError, match="nothing in it was imported"):
        import_(here)
    with pytest.raises(ConfigurationError, match="--as scrfd_10g is for one: import that file alone"):
        import_(here, "scrfd_10g")


def test_pulling_a_pack_brings_the_models_of_it_that_have_cards_by_one_download(served, tmp_path, capsys, folder):
    parts = {"w600k_r50.onnx": b"\x08one" * 900, "det_10g.onnx": b"\x08two" * 900}
    with zipfile.ZipFile(tmp_path / "buffalo_l.zip", "w") as archive:
        for name, content in parts.items():
            archive.writestr(f"buffalo_l/{name}", content)
    route = served.serve("/buffalo_l.zip", (tmp_path / "buffalo_l.zip").read_bytes())
    for model, name in (("arcface_w600k_r50", "w600k_r50.onnx"), ("scrfd_10g", "det_10g.onnx")):
        card = yaml.safe_load((models.cards.CARDS / f"{model}.yaml").read_text())
        digest = hashlib.sha256(parts[name]).hexdigest()
        urls = [served.url("/gone"), served.url(f"/buffalo_l.zip#{name}")]
        card["files"] = [{"name": name, "bytes": len(parts[name]), "sha256": digest, "urls": urls}]
        (tmp_path / "cards" / f"{model}.yaml").write_text(yaml.safe_dump(card))
    pull(["buffalo_l"], accept_license=True)
    said = capsys.readouterr().out.replace(served.url(""), "")
    assert said == "".join(f"{name}: 0.0 MB from /buffalo_l.zip\n" for name in ("arcface_w600k_r50", "scrfd_10g"))
    assert len(route.requests) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["det_10g.onnx", "store.json", "w600k_r50.onnx"]
    assert complete_wanted("buffalo") == ["buffalo_l"]


def test_where_alone_names_the_folder(capsys, folder):
    where()
    assert capsys.readouterr().out == f"{folder}\n"


def test_the_commands_are_seven_and_names_are_completed():
    said = CliRunner().invoke(app, ["--help"]).output
    assert all(f" {name} " in said for name in ("list", "show", "pull", "verify", "import", "where", "rm"))
    assert complete_model("hyper") == ["hyperswap_1a_256", "hyperswap_1b_256", "hyperswap_1c_256"]
