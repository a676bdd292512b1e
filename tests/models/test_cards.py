import hashlib

import pytest
import yaml

from models.cards import BUNDLED, CARDS, card_names, cards, dims_in, load_card
from runtime.errors import ModelError

GOOD = yaml.safe_load((CARDS / "faceres.yaml").read_text())


def written(folder, name="faceres", **changes):
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({**GOOD, **changes}))
    return folder


BUNDLED_CARDS = [card for card in cards() if card.bundled]
FOREIGN = [card for card in cards() if not card.bundled]


@pytest.mark.parametrize("card", BUNDLED_CARDS, ids=lambda card: card.name)
def test_every_bundled_file_is_the_one_that_its_card_names(card):
    assert card.licence.origin
    for file in card.files:
        content = (BUNDLED / file.name).read_bytes()
        assert len(content) == file.bytes
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_every_bundled_network_has_a_card_and_stands_in_the_notice():
    named = {file.name for card in BUNDLED_CARDS for file in card.files}
    there = {path.name for path in BUNDLED.glob("*.onnx")}
    notice = (BUNDLED / "NOTICE").read_text()
    assert there == named
    assert all(name in notice for name in there)


def test_the_models_of_the_field_have_cards():
    assert {card.name for card in FOREIGN} == {
        "scrfd_500m", "scrfd_2.5g", "scrfd_10g", "retinaface_10g", "yunet", "2d106det", "2dfan4",
        "arcface_w600k_r50", "arcface_w600k_mbf", "inswapper_128", "inswapper_128_fp16",
        "hyperswap_1a_256", "hyperswap_1b_256", "hyperswap_1c_256", "simswap_256", "crossface_simswap",
        "ghost_1_256", "ghost_2_256", "ghost_3_256", "crossface_ghost", "blendswap_256", "uniface_256",
        "gfpgan_1.4", "gpen_bfr_256", "gpen_bfr_512", "codeformer", "xseg_1", "xseg_2", "xseg_3", "bisenet_resnet_34",
    }  # fmt: skip


@pytest.mark.parametrize("card", FOREIGN, ids=lambda card: card.name)
def test_a_card_of_a_file_from_outside_says_where_it_is_had_by_tls_and_what_may_be_done_with_it(card):
    assert all(url.startswith("https://") for file in card.files for url in file.urls)
    assert card.licence.name
    assert card.licence.commercial == "forbidden" or "note" in card.licence.model_fields_set or card.name == "yunet"
    assert all(not load_card(need).needs for need in card.needs)  # one step is all that `pull` goes
    if card.task in ("swap", "enhance"):
        assert card.output_range is not None
    if card.task == "swap":
        assert card.embedding
        assert card.alignment.startswith(("arcface_", "ffhq_"))


@pytest.mark.parametrize("card", FOREIGN, ids=lambda card: card.name)
def test_a_file_that_nobody_vouches_for_comes_from_no_mirror_of_a_third_party(card):
    unknown = [file for file in card.files if file.sha256 == "unknown"]
    hosts = ("https://github.com/facefusion/", "https://huggingface.co/facefusion/")
    assert all(url.startswith(hosts) for file in unknown for url in file.urls)


def test_no_two_models_share_a_file():
    names = [file.name for card in cards() for file in card.files]
    hashes = [file.sha256 for card in cards() for file in card.files if file.sha256 != "unknown"]
    assert len(set(names)) == len(names)
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    ("meaning", "dims"),
    [
        ("[1, 512]: a face", (1, 512)),
        ("[batch, 3]: several", ("batch", 3)),
        ("[...]: nobody knows", None),
        ("[]: a number", ()),
    ],
)
def test_a_meaning_opens_with_a_shape(meaning, dims):
    assert dims_in(meaning) == dims


def test_a_bundled_file_is_pinned(tmp_path):
    file = {"name": "a.onnx", "bytes": 3, "sha256": "unknown"}
    with pytest.raises(ModelError, match="comes with dlc, so its size and SHA-256 are known"):
        load_card("faceres", written(tmp_path, files=[file]))


@pytest.mark.parametrize("url", ["http://example.com/a.onnx", "ftp://example.com/a.onnx", "file:///a.onnx"])
def test_an_address_without_tls_is_no_address(tmp_path, url):
    file = {"name": "a.onnx", "bytes": 3, "sha256": "unknown", "urls": [url]}
    with pytest.raises(ModelError, match=r"files.0.urls.0: String should match pattern"):
        load_card("faceres", written(tmp_path, files=[file]))


@pytest.mark.parametrize("name", ["../a.onnx", "/a.onnx", ".hidden", "a/b.onnx"])
def test_a_files_name_cannot_lead_out_of_its_folder(tmp_path, name):
    file = {"name": name, "bytes": 3, "sha256": "unknown", "urls": ["https://example.com/a"]}
    with pytest.raises(ModelError, match=r"files.0.name: String should match pattern"):
        load_card("faceres", written(tmp_path, files=[file]))


def test_a_model_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(ModelError) as caught:
        load_card("vgg")
    assert str(caught.value) == f"there is no model 'vgg'; there are {', '.join(card_names())}"


def test_a_name_that_is_nearly_a_models_is_answered_with_that():
    with pytest.raises(ModelError, match=r"^there is no model 'inswaper_128'; did you mean 'inswapper_128'\?$"):
        load_card("inswaper_128")


def test_a_name_cannot_leave_the_folder_of_cards(tmp_path):
    written(tmp_path)
    (tmp_path / "inner").mkdir()
    with pytest.raises(ModelError, match="there is no model"):
        load_card("../faceres", tmp_path / "inner")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        (
            {"task": "sing"},
            "task: Input should be 'detect', 'landmarks', 'identity', 'convert', 'swap', 'enhance' or 'mask'",
        ),
        ({"size": 3}, "size: Extra inputs are not permitted"),
        ({"files": []}, "files: Tuple should have at least 1 item after validation, not 0"),
        ({"alignment": 5}, "alignment: Input should be a valid string"),
    ],
)
def test_a_card_that_does_not_hold_says_where_and_why(tmp_path, changes, complaint):
    with pytest.raises(ModelError) as caught:
        load_card("faceres", written(tmp_path, **changes))
    assert str(caught.value) == f"{tmp_path / 'faceres.yaml'}: the card does not hold:\n  {complaint}"


def test_a_card_is_named_like_its_file(tmp_path):
    with pytest.raises(ModelError, match="calls itself 'faceres'"):
        load_card("other", written(tmp_path, "other"))


def test_broken_yaml_is_a_model_error(tmp_path):
    (tmp_path / "faceres.yaml").write_text("name: [")
    with pytest.raises(ModelError, match="cannot be read"):
        load_card("faceres", tmp_path)


def test_the_card_gives_the_file_that_was_made_for_a_device():
    card = load_card("facemesh")
    assert card.file_for("cpu", "x86_64").name == "facemesh_cpu.onnx"
    assert card.file_for("cpu", "arm64").name == "facemesh.onnx"  # not measured there, so not preferred
    assert card.file_for("gpu").name == "facemesh.onnx"
