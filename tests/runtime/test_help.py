"""Everything that help says comes from signatures and docstrings."""

from typing import Literal

import pytest

from commands.common import GRAPHS, node_table
from runtime import Faces, Frame, InputFile, Unit, node
from runtime.errors import GraphError
from runtime.help import help_of
from runtime.keys import NODE_KEYS, key_schemas
from runtime.loading import load_graph
from runtime.overrides import Override
from runtime.schema import NodeText
from runtime.signature import spec_of

TABLE = node_table()
PLACES = {
    "source": "camera", "detect": "faces", "cache": "known", "swap": "swapped", "blend": "composite",
    "label": "labelled", "guard": "guarded", "sink": "screen",
}  # fmt: skip


@node(ordered=True)
class Tint:
    """Tints the picture. Slowly.

    Settings:
        strength: how much.
        colour: which.
    """

    def __init__(self, *, colour: Literal["red", "blue"], palette: InputFile | None = None) -> None: ...

    def __call__(
        self, frame: Frame | None, raw: Frame, faces: Faces | None = None, *, strength: Unit = 0.5
    ) -> Frame: ...


def test_help_tells_ports_settings_and_where():
    spec = spec_of(Tint)
    told = help_of(spec, TABLE)
    assert (told.name, told.role, told.summary) == ("tint", "node", "Tints the picture.")
    assert [(port.name, port.kind, port.optional, port.tolerant) for port in told.ports] == [
        ("frame", "Frame", False, True),
        ("raw", "Frame", False, False),
        ("faces", "Faces", True, True),
    ]
    assert [(output.name, output.kind) for output in told.outputs] == [("", "Frame")]
    assert [(item.name, item.type, item.default_text, item.changes, item.help) for item in told.settings] == [
        ("colour", "red or blue", "required", "rebuilds", "which."),
        ("palette", "file or null", "null", "rebuilds", ""),
        ("strength", "number, 0 to 1", "0.5", "live", "how much."),
    ]
    assert told.where == spec.where


@pytest.mark.parametrize("name", list(TABLE))
def test_every_setting_of_a_shipped_node_has_help(name):
    assert [item.name for item in help_of(TABLE[name], TABLE).settings if not item.help] == []


def test_every_key_of_the_engine_has_help():
    assert {"type", "in", *NODE_KEYS} == {field.alias or name for name, field in NodeText.model_fields.items()}


@pytest.mark.parametrize("value", ["workers=2", "batch=2", "on_error=stop", "on_error=repeat", "raw=true"])
@pytest.mark.parametrize("name", list(PLACES))
def test_the_keys_that_help_shows_are_those_that_the_loader_takes(name, value):
    key, _, choice = value.partition("=")
    schema = key_schemas(TABLE[name]).get(key)
    shown = schema is not None and (key != "on_error" or choice in str(schema))
    try:
        load_graph(GRAPHS / "live_balanced.yaml", TABLE, [Override.parse(f"{PLACES[name]}.{value}")])
    except GraphError:
        assert not shown
    else:
        assert shown
