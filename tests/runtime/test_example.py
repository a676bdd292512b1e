"""Every example that is printed can be pasted: as part of the default graph, or as a graph of its own."""

import json
import re
from enum import Enum
from typing import Annotated, Literal, NamedTuple

import pytest
from pydantic import Field

from commands.common import GRAPHS, node_table
from runtime import Count, Faces, Frame, InputFile, Kind, Patches, Sink, Source, node
from runtime.document import parse_document, read_document
from runtime.example import WIDTH, example_of
from runtime.loading import check_document
from runtime.signature import spec_of
from runtime.table import NodeTable

TABLE = node_table()


class Way(Enum):
    UP = "up"
    DOWN = "down"


class Depth(Kind):
    pass


class Both(NamedTuple):
    frame: Frame
    depth: Depth


@node
def measure(frame: Frame) -> Depth: ...
@node
def fog(frame: Frame, depth: Depth, *, density: Annotated[float, Field(gt=0)], far_px: Count) -> Frame: ...
@node
def mix(under: Frame, over: Frame, *, how: Literal["add", "max"], mask: InputFile | None = None) -> Frame: ...
@node
def stamp(frame: Frame, faces: Faces | None = None, *, text: str, picture: InputFile, on: bool, way: Way) -> Frame: ...
@node
def split(frame: Frame, patches: Patches) -> Both: ...


@node
class Noise(Source):
    def info(self): ...
    def read(self): ...


@node
class Wall(Sink):
    def write(self, frame: Frame, depth: Depth) -> None: ...


@node
def told(frame: Frame, *, level: int) -> Frame:
    """Is told of.

    An example of it comes last.

    broken: {type: told, in: [}

        other: {type: label, in: camera}

    And then:

        mine: {type: told, in: camera, level: 3}
    """


OWN = [spec_of(item) for item in (measure, fog, mix, stamp, split, Noise, Wall, told)]
WITH_OWN = NodeTable([*TABLE.values(), *OWN])


def load(nodes, folder, table=WITH_OWN):
    text = json.dumps({"nodes": nodes})
    for name in re.findall(r"[\w./%]+\.(?:jpg|mp4|png|dfm)", text):
        (folder / "graphs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "graphs" / name).touch()
    return check_document(parse_document(text, folder / "graphs" / "g.yaml"), table).unwrap()


@pytest.mark.parametrize("name", list(TABLE))
def test_the_example_of_a_shipped_type_fits_into_the_default_graph(name, tmp_path):
    (tmp_path / "graphs").mkdir()
    example = example_of(TABLE[name], TABLE)
    shown = parse_document(example).data["nodes"]
    assert any(node["type"] == name for node in shown.values())
    around = read_document(GRAPHS / "live_balanced.yaml").data["nodes"]
    load({**around, **shown}, tmp_path)
    assert max(map(len, example.splitlines())) <= WIDTH


@pytest.mark.parametrize("spec", [spec for spec in OWN if spec.name != "told"], ids=lambda spec: spec.name)
def test_an_example_is_made_for_a_type_that_has_none_and_is_a_graph_of_its_own(spec, tmp_path):
    (tmp_path / "graphs").mkdir()
    nodes = parse_document(example_of(spec, WITH_OWN)).data["nodes"]
    graph = load(nodes, tmp_path)
    assert spec.name in [node.spec.name for node in graph.nodes]


def test_a_made_example_reads_like_one_by_hand():
    assert example_of(spec_of(fog), WITH_OWN) == (
        "nodes:\n"
        "  source:  {type: source}\n"
        "  measure: {type: measure, in: source}\n"
        "  fog:     {type: fog, in: [source, measure], density: 1, far_px: 1}\n"
        "  sink:    {type: sink, in: fog, raw: true}"
    )


def test_the_docstrings_example_for_this_very_type_is_taken_and_put_below_nodes():
    assert example_of(spec_of(told), WITH_OWN) == "nodes:\n  mine: {type: told, in: camera, level: 3}"


def test_long_lines_are_broken_where_yaml_allows_it():
    text = "nodes:\n  a: {type: told, in: camera, level: 1}   # " + "why " * 20
    long = f"  b: {{type: told, in: [{', '.join(f'camera_{n}' for n in range(12))}], level: 3}}"

    @node(name="told")
    def wide(frame: Frame, *, level: int) -> Frame: ...

    wide.__doc__ = "Is told.\n\n" + "\n".join(f"    {line}" for line in (*text.splitlines(), long))
    example = example_of(spec_of(wide), WITH_OWN)
    assert parse_document(example).data == parse_document(f"{text}\n{long}").data
    assert "  a: {type: told, in: camera, level: 1}\n" in example
    assert all(len(line) <= WIDTH for line in example.splitlines() if "#" not in line)
