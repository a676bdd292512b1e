import pytest
from onnx import helper

from models.cards import load_card
from models.contract import contract_of, difference
from runtime.errors import ModelError
from tests.models.graphs import FLOAT, elsewhere, inswapper, saved


def test_a_file_tells_what_it_takes_and_gives(tmp_path):
    file = saved(tmp_path / "a.onnx", {"x": (1, "height", 3)}, {"y": (1, 512), "z": (2,)})
    assert str(contract_of(file)) == "takes x [1, height, 3] and gives y [1, 512], z [2]"


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x08\x08\x12", b"PK\x03\x04 not this", bytes(1000)])
def test_what_is_no_model_is_told(tmp_path, content):
    (tmp_path / "a.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="is no ONNX model"):
        contract_of(tmp_path / "a.onnx")


def test_a_file_that_was_cut_is_told(tmp_path):
    file = inswapper(tmp_path / "a.onnx")
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ModelError, match="is no ONNX model"):
        contract_of(file)


@pytest.mark.parametrize("location", ["weights.bin", "../../etc/passwd", "/etc/passwd"])
def test_weights_in_other_files_are_refused_and_never_opened(tmp_path, location):
    file = saved(tmp_path / "a.onnx", {"x": (1,)}, {"y": (1,)}, [elsewhere(location)])
    with pytest.raises(ModelError, match="keeps its weights in other files") as caught:
        contract_of(file)
    assert location in str(caught.value)


def test_weights_in_other_files_are_found_in_the_nodes_too(tmp_path):
    import onnx

    file = saved(tmp_path / "a.onnx", {"x": (1,)}, {"y": (1,)})
    model = onnx.load(file)
    then = helper.make_graph([helper.make_node("Constant", [], ["k"], value=elsewhere("w.bin"))], "then", [], [])
    model.graph.node.append(helper.make_node("If", ["x"], ["k"], then_branch=then, else_branch=then))
    onnx.save(model, file)
    with pytest.raises(ModelError, match=r"other files \(w.bin\)"):
        contract_of(file)


@pytest.mark.parametrize(
    ("name", "inputs", "outputs", "fits"),
    [
        ("inswapper_128", {"target": (1, 3, 128, 128), "source": (1, 512)}, {"o": (1, 3, 128, 128)}, True),
        ("inswapper_128", {"source": ("n", 512), "target": ("n", 3, 128, 128)}, {"o": ("n", 3, 128, 128)}, True),
        ("inswapper_128", {"target": (1, 3, 256, 256), "source": (1, 512)}, {"o": (1, 3, 256, 256)}, False),
        ("inswapper_128", {"target": (1, 3, 128, 128)}, {"o": (1, 3, 128, 128)}, False),
        ("inswapper_128", {"image": (1, 3, 128, 128), "source": (1, 512)}, {"o": (1, 3, 128, 128)}, False),
        ("2d106det", {"any": (1, 3, 192, 192)}, {"fc1": (1, 212)}, True),
        ("yunet", {"input": (1, 3, 640, 640)}, {"cls_8": (1, 6400, 1)}, False),
        ("facemesh", {"image": (1, 192, 192, 3)}, {"landmarks": (1, 1, 1, 1404), "presence": (1, 1, 1, 1)}, True),
        ("facemesh", {"image": (1, 192, 192, 3)}, {"presence": (1, 1, 1, 1), "landmarks": (1, 1, 1, 1404)}, False),
    ],
)
def test_a_file_is_compared_with_what_its_card_knows(tmp_path, name, inputs, outputs, fits):
    contract = contract_of(saved(tmp_path / "a.onnx", inputs, outputs))
    assert (difference(contract, load_card(name)) is None) == fits


def test_a_weight_that_is_listed_as_an_input_is_none(tmp_path):
    weight = helper.make_tensor("w", FLOAT, [1], [0.5])
    file = saved(tmp_path / "a.onnx", {"x": (1,), "w": (1,)}, {"y": (1,)}, [weight])
    assert list(contract_of(file).inputs) == ["x"]
