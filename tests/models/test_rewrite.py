import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import helper

from models.cards import BUNDLED
from models.opening import Wish
from models.passes import PASSES
from models.rewrite import made_for, passes_for, rewritten
from runtime.errors import ModelError
from tests.junk import JUNK
from tests.models.networks import network, noise, operators, run

ROOT = Path(__file__).parents[2]
NAMED = {item.name: item for item in PASSES}
node = helper.make_node


def prelu(slopes, shape=(1, 3, 4, 4)):
    return network([node("PRelu", ["x", "s"], ["y"])], shape, {"s": np.asarray(slopes, np.float32)})


def pad(pads, mode="constant", shape=(1, 3, 5, 6), value=None):
    constants = {"p": np.array(pads, np.int64)} | ({} if value is None else {"v": np.float32(value)})
    return network([node("Pad", ["x", *constants], ["y"], mode=mode)], shape, constants)


@pytest.mark.parametrize(
    ("name", "content", "gone", "here"),
    [
        ("activations.prelu", prelu(np.reshape([0.25, -0.5, 1.0], (3, 1, 1))), "PRelu", "Conv"),
        ("activations.prelu", prelu(np.reshape([1.75, 0.1, -3.0], (3, 1, 1))), "PRelu", "Conv"),
        ("activations.prelu", prelu([0.3], (1, 7)), "PRelu", "Max"),
        ("pads.channel_pad", pad([0, 0, 0, 0, 0, 2, 0, 0]), "Pad", "Concat"),
        ("pads.channel_pad", pad([0, 1, 0, 0, 0, 2, 0, 0], value=0), "Pad", "Concat"),
        ("pads.reflect_pad", pad([0, 0, 1, 1, 0, 0, 1, 1], "reflect"), "Pad", "Slice"),
        ("pads.reflect_pad", pad([0, 0, 3, 0, 0, 0, 4, 5], "reflect"), "Pad", "Slice"),
        ("shapes.flatten", network([node("Flatten", ["x"], ["y"])], (1, 3, 4, 4)), "Flatten", "Reshape"),
        (
            "shapes.split",
            network([node("Split", ["x", "n"], ["y", "z"], axis=1)], (1, 5, 4), {"n": np.array([2, 3])}, ("y", "z")),
            "Split",
            "Slice",
        ),
        (
            "shapes.scalar_gather",
            network([node("Gather", ["x", "i"], ["y"], axis=1)], (1, 5, 4), {"i": np.array(-2)}),
            "Gather",
            "Slice",
        ),
    ],
)
def test_a_pass_replaces_its_operator_and_the_answer_stays(name, content, gone, here):
    made, verdict = made_for(content, (NAMED[name],), Wish())
    assert verdict["passes"] == {name: 1}
    assert gone not in operators(made)
    assert here in operators(made)
    from onnx import load_model_from_string

    x = noise([size.dim_value for size in load_model_from_string(content).graph.input[0].type.tensor_type.shape.dim])
    for expected, found in zip(run(content, x), run(made, x), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("activations.prelu", prelu([1.5], (1, 7))),
        ("pads.channel_pad", pad([0, 0, 1, 1, 0, 2, 1, 1])),
        ("pads.channel_pad", pad([0, 0, 0, 0, 0, 2, 0, 0], value=1)),
        ("pads.channel_pad", pad([0, 0, 0, 0, 0, 2, 0, 0], "edge")),
        ("pads.reflect_pad", pad([0, 0, 1, 1, 0, 0, 1, 1], "edge")),
        ("shapes.scalar_gather", network([node("Gather", ["x", "i"], ["y"])], (4, 5), {"i": np.array([2, 0])})),
    ],
)
def test_a_pass_leaves_alone_what_it_does_not_know(name, content):
    made, verdict = made_for(content, (NAMED[name],), Wish())
    assert made == content
    assert verdict["sha256"] is None


@pytest.mark.parametrize(
    ("family", "version", "expected"),
    [
        ("coreml", "1.25.1", {"pads.channel_pad", "pads.reflect_pad", "shapes.split", "shapes.scalar_gather"}),
        ("coreml", "1.26.0", {"pads.channel_pad", "shapes.split", "shapes.scalar_gather"}),
        ("coreml", "1.32.0", {"pads.channel_pad"}),
        ("cuda", "1.32.0", set()),
    ],
)
def test_a_pass_is_for_the_versions_that_need_it(family, version, expected):
    assert {item.name for item in passes_for(b"Pad Split Gather", family, version)} == expected


class Doubling:
    """A pass that is wrong."""

    name = "doubling"

    @staticmethod
    def apply(seen):
        y = seen.model.graph.output[0].name
        return seen.replace(
            "Flatten", lambda item: [node("Add", [item.input[0]] * 2, [y + "2"]), node("Flatten", [y + "2"], [y])]
        )


def test_a_pass_that_changes_the_answer_is_left_out(caplog):
    content = network([node("Flatten", ["x"], ["y"])], (1, 3, 4, 4))
    made, _ = made_for(content, (Doubling(),), Wish())
    assert made == content
    made, verdict = made_for(content, (Doubling(), NAMED["shapes.flatten"]), Wish())
    assert verdict["passes"] == {"shapes.flatten": 1}
    assert operators(made) == ["Reshape"]
    assert "doubling changes what the network answers" in caplog.text


class Stumbling:
    """A pass that fails."""

    name = "stumbling"

    @staticmethod
    def apply(seen):
        return seen.replace("Flatten", lambda item: [item.input[7]])


def test_a_pass_that_fails_is_left_out(caplog):
    content = network([node("Flatten", ["x"], ["y"])], (1, 3, 4, 4))
    made, verdict = made_for(content, (Stumbling(), NAMED["shapes.flatten"]), Wish())
    assert verdict["passes"] == {"stumbling": 0, "shapes.flatten": 1}
    assert operators(made) == ["Reshape"]
    assert "stumbling fails on this network" in caplog.text


def bundled(name):
    return (BUNDLED / f"{name}.onnx").read_bytes()


def test_a_batch_may_be_free_where_frames_do_not_mix(tmp_path):
    content = bundled("faceres")
    made = rewritten(content, Wish(shape=(None, 3, 224, 224)), tmp_path)
    x = noise((2, 3, 224, 224))
    alone = np.concatenate([run(content, x[at : at + 1])[0] for at in range(2)])
    np.testing.assert_allclose(run(made, x)[0], alone, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("name", "size"), [("facemesh", 192), ("blazeface_short", 128)])
def test_a_network_that_gives_wrong_batches_is_refused(name, size, tmp_path):
    for batch in (None, 4):
        with pytest.raises(ModelError, match="cannot be had with shape"):
            rewritten(bundled(name), Wish(shape=(batch, size, size, 3)), tmp_path)


def test_a_detector_gets_a_fixed_size_and_its_shapes_become_constants(tmp_path):
    nodes = [
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "i"], ["height"]),
        node("Unsqueeze", ["height", "zero"], ["h"]),
        node("Concat", ["one", "h", "rest"], ["wanted"], axis=0),
        node("Reshape", ["x", "wanted"], ["y"]),
    ]
    ints = {"i": np.array(2), "zero": np.array([0]), "one": np.array([1]), "rest": np.array([-1])}
    content = network(nodes, (1, 3, "?", "?"), ints)
    made = rewritten(content, Wish("cpu", (1, 3, 32, 48)), tmp_path)
    assert operators(made) == ["Reshape"]
    x = noise((1, 3, 32, 48))
    np.testing.assert_array_equal(run(made, x)[0], run(content, x)[0])


def test_half_precision_keeps_inputs_and_outputs(tmp_path):
    content = bundled("facemesh")
    made = rewritten(content, Wish(precision="fp16"), tmp_path)
    x = np.random.default_rng(0).random((1, 192, 192, 3), np.float32)
    points, expected = run(made, x)[0], run(content, x)[0]
    assert points.dtype == np.float32
    assert np.abs(points - expected).max() < 1


def test_the_verdict_is_kept_and_a_broken_copy_is_made_again(tmp_path):
    content, wish = prelu(np.full((3, 1, 1), 0.2)), Wish(shape=(1, 3, 4, 4))
    made = rewritten(content, wish, tmp_path)
    (file,) = tmp_path.glob("rewritten/*.onnx")
    verdict = json.loads(file.with_suffix(".json").read_text())
    assert verdict["difference"] <= 1e-4
    written = file.stat().st_mtime_ns
    assert rewritten(content, wish, tmp_path) == made
    assert file.stat().st_mtime_ns == written
    file.write_bytes(made[:-10])
    assert rewritten(content, wish, tmp_path) == made
    assert file.read_bytes() == made


@pytest.mark.parametrize("text", [*JUNK, '{"sha256": 5}', '{"sha256": "abc"}', '{"sha256": []}'])
def test_a_verdict_that_cannot_be_read_is_made_again(tmp_path, text):
    content, wish = prelu(np.full((3, 1, 1), 0.2)), Wish(shape=(1, 3, 4, 4))
    made = rewritten(content, wish, tmp_path)
    (note,) = tmp_path.glob("rewritten/*.json")
    verdict = note.read_text()
    note.write_text(text)
    assert rewritten(content, wish, tmp_path) == made
    assert note.read_text() == verdict


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path, caplog):
    (tmp_path / "rewritten").write_text("in the way")
    assert rewritten(prelu(np.full((3, 1, 1), 0.2)), Wish(shape=(1, 3, 4, 4)), tmp_path)
    assert "rewritten again at the next start" in caplog.text


def test_the_default_networks_need_no_look():
    """Importing onnx takes a third of a second, which the default path must not pay."""
    names = "blazeface_short", "blazeface_full", "facemesh", "faceres"
    program = f"import sys; from models.session import ModelStore; s = ModelStore(); [s.session(n) for n in {names}]; print('onnx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
