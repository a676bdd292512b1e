import hashlib

import onnx
import pytest

from models.cards import cards, load_card
from models.recognise import recognise
from runtime.errors import ModelError
from tests.models.graphs import inswapper, saved, swapper_256

CARDS = cards()


def test_a_file_whose_bytes_are_known_is_certain(tmp_path):
    file = swapper_256(tmp_path / "a.onnx")
    card = load_card("hyperswap_1b_256")
    known = card.files[0].model_copy(update={"sha256": hashlib.sha256(file.read_bytes()).hexdigest()})
    found = recognise(file, [*CARDS, card.model_copy(update={"files": (known,)})])
    assert (found.card.name, found.certain) == ("hyperswap_1b_256", True)


def test_any_other_is_known_by_its_shape_where_only_one_model_has_it(tmp_path):
    landmarker = saved(tmp_path / "a.onnx", {"data": (1, 3, 192, 192)}, {"fc1": (1, 212)})
    found = recognise(landmarker, CARDS)
    assert (found.card.name, found.certain) == ("2d106det", False)


def test_where_several_have_it_a_name_is_asked_for(tmp_path):
    file = inswapper(tmp_path / "a.onnx")
    with pytest.raises(ModelError) as caught:
        recognise(file, CARDS)
    assert str(caught.value) == (
        f"{file}: its bytes are not known, and by its shape it may be inswapper_128, inswapper_128_fp16: "
        "say which with --as NAME"
    )
    assert recognise(file, CARDS, "inswapper_128").card.name == "inswapper_128"


@pytest.mark.parametrize("model", ["inswapper_128", "inswapper_128_fp16"])
def test_where_several_have_it_the_name_of_the_file_decides(tmp_path, model):
    file = inswapper(tmp_path / f"{model}.onnx")
    found = recognise(file, CARDS)
    assert (found.card.name, found.certain) == (model, False)
    other = inswapper(tmp_path / "part.onnx")
    assert recognise(other, CARDS, called=f"pack/{model}.onnx").card.name == model


def test_a_name_that_does_not_fit_is_refused(tmp_path):
    file = inswapper(tmp_path / "a.onnx")
    with pytest.raises(
        ModelError, match=r"cannot be codeformer: it takes target .*, its card says weight \[...\], input"
    ):
        recognise(file, CARDS, "codeformer")
    for name in ("facemesh", "nobody"):
        with pytest.raises(ModelError, match=f"no model that can be imported is called '{name}'"):
            recognise(file, CARDS, name)


def test_a_file_that_no_card_describes_is_told_with_its_shape(tmp_path):
    file = saved(tmp_path / "tom.onnx", {"in_face:0": ("n", 224, 224, 3)}, {"out_face:0": ("n", 224, 224, 3)})
    with pytest.raises(ModelError, match=r"no card describes this file, which takes in_face:0 \[n, 224, 224, 3\]"):
        recognise(file, CARDS)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda model: setattr(model.graph.node[0], "op_type", "NoSuchOperator"),
            "No Op registered for NoSuchOperator",
        ),
        (lambda model: setattr(model.opset_import[0], "version", 99), "Opset 99 is under development"),
        (lambda model: setattr(model, "ir_version", 99), "Unsupported model IR version: 99"),
    ],
)
def test_a_file_that_onnx_runtime_cannot_load_is_told_before_it_is_taken(tmp_path, change, said):
    file = inswapper(tmp_path / "inswapper_128.onnx")
    model = onnx.load(file)
    change(model)
    onnx.save(model, file)
    with pytest.raises(
        ModelError, match=rf"inswapper_128\.onnx: ONNX Runtime .* cannot load the model: .*{said}"
    ) as caught:
        recognise(file, CARDS)
    assert "onnxruntime_src" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_too_large_is_not_read(tmp_path):
    with (tmp_path / "a.onnx").open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(ModelError, match="has 3221225472 bytes, and an ONNX file ends at 2147483648"):
        recognise(tmp_path / "a.onnx", CARDS)


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(ModelError, match=r"cannot be read: No such file or directory"):
        recognise(tmp_path / "none.onnx", CARDS)
    with pytest.raises(ModelError, match=r"cannot be read: Is a directory"):
        recognise(tmp_path, CARDS)


MASK, FACE = ("n", 224, 224, 1), ("n", 224, 224, 3)
DFM_OUTPUTS = {"out_face_mask:0": MASK, "out_celeb_face:0": FACE, "out_celeb_face_mask:0": MASK}


@pytest.mark.parametrize("more", [{}, {"morph_value:0": (1,)}], ids=["plain", "morphing"])
def test_a_dfm_file_is_a_model_of_the_users_own(tmp_path, more):
    file = saved(tmp_path / "tom.dfm", {"in_face:0": FACE, **more}, DFM_OUTPUTS)
    found = recognise(file, CARDS)
    assert (found.card.name, found.file.name, found.file.own) == ("dfm:tom", "tom.dfm", True)
    assert recognise(file, CARDS, "ben").card.name == "dfm:ben"


def test_what_is_called_so_and_is_no_dfm_file_is_told(tmp_path):
    file = saved(tmp_path / "tom.dfm", {"input": FACE}, DFM_OUTPUTS)
    with pytest.raises(ModelError, match="is no DFM file: it takes input"):
        recognise(file, CARDS)


def test_a_dfm_file_with_a_name_that_no_file_may_have_is_told(tmp_path):
    file = saved(tmp_path / "a b.dfm", {"in_face:0": FACE}, DFM_OUTPUTS)
    with pytest.raises(ModelError, match="'a b' is no name for a DFM file"):
        recognise(file, CARDS)
