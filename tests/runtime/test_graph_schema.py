"""The schema takes what the loader takes, and refuses what stands wrong in one place, for each node type by itself."""

import json

import jsonschema
import pytest

import nodes
from commands.common import GRAPHS, node_table, shipped_graphs
from runtime.document import parse_document, read_document
from runtime.errors import GraphError
from runtime.graph_schema import graph_schema
from runtime.keys import GRAPH_KEYS, key_schemas
from runtime.loading import check_document
from runtime.schema import GraphText
from runtime.table import NodeTable

TABLE = node_table()
SCHEMA = graph_schema(TABLE)

PLUGIN = '''
from enum import Enum
from typing import Annotated
from pydantic import BaseModel, Field
from runtime import Faces, Frame, InputFile, node

class Way(Enum):
    UP = "up"
    DOWN = "down"

class Corner(BaseModel):
    x: int
    way: Way = Way.UP

@node
class Tint:
    """Tints the picture.

    Settings:
        strength: how much.
        way: in which direction.
        corners: where.
    """
    def __init__(self, *, way: Way = Way.UP, corners: list[Corner] = []) -> None: ...
    def __call__(self, frame: Frame, faces: Faces | None = None, *,
                 strength: Annotated[float, Field(gt=0, le=2)]) -> Frame: ...
'''


def wrong(data, schema=SCHEMA):
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(data)]


def graph(changes=None, **top):
    """The default graph with settings of its nodes replaced; None takes one away."""
    data = read_document(GRAPHS / "live_balanced.yaml").data
    for name, settings in (changes or {}).items():
        data["nodes"][name] = {
            key: value for key, value in {**data["nodes"][name], **settings}.items() if value is not None
        }
    return {**data, **top}


def loads(data, folder=GRAPHS, table=TABLE):
    try:
        check_document(parse_document(json.dumps(data), folder / "g.yaml"), table).unwrap()
    except GraphError:
        return False
    return True


def test_the_committed_schema_is_in_step():
    ours = NodeTable(spec for name, spec in TABLE.items() if spec.target in nodes.DEFINITIONS)
    assert json.loads((GRAPHS / "schema.json").read_text()) == graph_schema(ours), (
        "python dlc.py schema -o graphs/schema.json"
    )


def test_the_schema_is_a_proper_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", shipped_graphs().values(), ids=lambda file: file.stem)
def test_a_shipped_graph_is_valid_and_names_the_schema_in_its_opening_comment(file):
    assert wrong(read_document(file).data) == []
    comment = file.read_text().partition("\nname:")[0].splitlines()
    assert all(line.startswith("# ") for line in comment)
    assert comment[-1] == "# yaml-language-server: $schema=schema.json"
    assert len(comment) > 1


def test_every_key_of_a_graph_has_help():
    assert set(GRAPH_KEYS) == set(GraphText.model_fields)


GOOD = [
    graph(max_memory="512 MiB"),
    graph(max_memory="1.5GB"),
    graph(max_memory=" 700000000 "),
    graph(max_memory=1 << 24),
    graph(credits=None),
    graph(credits=3),
    graph(name=None),
    graph({"composite": {"workers": 2, "on_error": "stop"}}),
    graph({"known": {"on_error": "repeat"}}),
    graph({"composite": {"in": {"frame": "camera", "patches": "swapped"}}}),
    graph({"faces": {"landmarks": "facemesh", "enabled": True, "every_ms": 0}}),
    graph({"screen": {"raw": True, "in": ["guarded"], "on_error": "skip"}}),
    graph({"labelled": {"text": "", "opacity": 1}}),
]

BAD_VALUES = [
    graph(qualty="balanced"),
    graph(quality="best"),
    graph(mode="slow"),
    graph(nodes={}),
    graph(nodes=[]),
    graph(nodes={"a-b": {"type": "source"}, "c": {"type": "sink", "in": "a-b"}}),
    graph(max_memory="lots"),
    graph(max_memory="5 parsecs"),
    graph(max_memory=1000),
    graph(max_memory=True),
    graph(credits=0),
    graph(plugins="a.py"),
    {"name": "empty"},
    ["nodes"],
    graph({"labelled": {"type": None}}),
    graph({"labelled": {"type": "lable"}}),
    graph({"labelled": {"position": "middle"}}),
    graph({"labelled": {"size": 0.3}}),
    graph({"labelled": {"text": 5}}),
    graph({"labelled": {"text": "x" * 81}}),
    graph({"faces": {"model": "blazefaze"}}),
    graph({"faces": {"min_score": 1.1}}),
    graph({"faces": {"every_ms": -1}}),
    graph({"faces": {"max_faces": "8"}}),
    graph({"swapped": {"face": []}}),
    graph({"swapped": {"size_px": 200}}),
    graph({"guarded": {"blur_cells": 1}}),
    graph({"guarded": {"blur_cells": 2.5}}),
    graph({"screen": {"crf": 52}}),
    graph({"screen": {"sound": "yes"}}),
    graph({"screen": {"on_error": "repeat"}}),
    graph({"screen": {"workers": 2}}),
    graph({"composite": {"workers": 65}}),
    graph({"composite": {"raw": True}}),
    graph({"composite": {"on_error": "ignore"}}),
    graph({"composite": {"in": None}}),
    graph({"composite": {"in": {"frame": "camera", "patch": "swapped"}}}),
    graph({"composite": {"in": {"frame": "camera"}}}),
    graph({"composite": {"in": 5}}),
    graph({"camera": {"in": "faces"}}),
]  # fmt: skip


@pytest.mark.parametrize("data", GOOD, ids=range(len(GOOD)))
def test_what_the_loader_takes_is_valid(data):
    assert wrong(data) == []
    assert loads(data)


@pytest.mark.parametrize("data", BAD_VALUES, ids=range(len(BAD_VALUES)))
def test_what_is_wrong_in_one_place_is_refused_by_both(data):
    assert wrong(data)
    assert not loads(data)


@pytest.mark.parametrize("name", graph()["nodes"])
def test_each_node_type_refuses_settings_that_are_not_its_own(name):
    own = graph()["nodes"][name]["type"]
    others = {
        key: schema["default"]
        for other in TABLE
        for key, schema in SCHEMA["$defs"][f"node_{other}"]["properties"].items()
        if "default" in schema
    }
    mine = {*SCHEMA["$defs"][f"node_{own}"]["properties"]}
    assert wrong(graph({name: {"nonsense": 1}}))
    for key in others.keys() - mine - {"workers", "batch"}:
        assert wrong(graph({name: {key: others[key] if others[key] is not None else "x"}})), key


@pytest.mark.parametrize("name", list(TABLE))
def test_settings_have_their_help_and_default(name):
    shown = SCHEMA["$defs"][f"node_{name}"]["properties"]
    settings = {**TABLE[name].fixed.model_fields, **TABLE[name].live.model_fields}
    assert settings.keys() | key_schemas(TABLE[name]).keys() <= shown.keys()
    for key, field in settings.items():
        assert shown[key]["description"]
        default = list(field.default) if isinstance(field.default, tuple) else field.default
        assert field.is_required() or shown[key]["default"] == default


@pytest.fixture
def plugged(tmp_path):
    (tmp_path / "tint.py").write_text(PLUGIN)
    return TABLE.with_files([tmp_path / "tint.py"])


def tinted(**settings):
    data = graph(plugins=["tint.py"])
    data["nodes"]["tinted"] = {"type": "tint", "in": "labelled", **settings}
    data["nodes"]["guarded"]["in"]["frame"] = "tinted"
    data["nodes"]["swapped"]["face"] = str(GRAPHS.parent / "assets" / "source_a.jpg")
    return data


def test_a_plug_ins_node_is_checked_like_ours(plugged, tmp_path):
    schema = graph_schema(plugged)
    jsonschema.Draft202012Validator.check_schema(schema)
    for good in ({"strength": 1}, {"strength": 2, "way": "down", "corners": [{"x": 1, "way": "down"}]}):
        assert wrong(tinted(**good), schema) == []
        assert loads(tinted(**good), tmp_path)
    for bad in ({}, {"strength": 0}, {"strength": 1, "way": "left"}, {"strength": 1, "stren": 1},
                {"strength": 1, "corners": [{"y": 1}]}, {"strength": 1, "workers": 0}):  # fmt: skip
        assert wrong(tinted(**bad), schema), bad
        assert not loads(tinted(**bad), tmp_path), bad


def test_a_graph_with_plug_ins_may_have_types_that_the_shipped_schema_does_not_know():
    assert wrong(tinted(strength=1)) == []
    without = tinted(strength=1)
    del without["plugins"]
    assert wrong(without)
