import hashlib

import pytest
import yaml

from models.cards import BUNDLED, CARDS, card_names, load_card
from runtime.errors import ModelError

GOOD = yaml.safe_load((CARDS / "faceres.yaml").read_text())


def written(folder, name="faceres", **changes):
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({**GOOD, **changes}))
    return folder


@pytest.mark.parametrize("name", card_names())
def test_every_card_holds_and_its_files_are_the_ones_it_names(name):
    card = load_card(name)
    assert card.licence.origin
    for file in card.files:
        content = (BUNDLED / file.name).read_bytes()
        assert len(content) == file.bytes
        assert hashlib.sha256(content).hexdigest() == file.sha256


def test_every_bundled_network_has_a_card_and_stands_in_the_notice():
    named = {file.name for name in card_names() for file in load_card(name).files}
    there = {path.name for path in BUNDLED.glob("*.onnx")}
    notice = (BUNDLED / "NOTICE").read_text()
    assert there == named
    assert all(name in notice for name in there)


def test_a_model_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(ModelError) as caught:
        load_card("facenet")
    assert str(caught.value) == (f"there is no model 'facenet' in {CARDS}; the models are: {', '.join(card_names())}")


def test_a_name_cannot_leave_the_folder_of_cards(tmp_path):
    written(tmp_path)
    (tmp_path / "inner").mkdir()
    with pytest.raises(ModelError, match="there is no model"):
        load_card("../faceres", tmp_path / "inner")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"task": "sing"}, "task: Input should be 'detect', 'landmarks', 'identity' or 'swap'"),
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
