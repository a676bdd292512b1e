"""A signature is all that a node says about itself."""

from typing import Annotated, Literal, NamedTuple

import pytest
from pydantic import Field, ValidationError

from runtime import Context, Faces, Frame, Kind, Sink, Source, StreamInfo, Unit, node
from runtime.errors import NodeDefinitionError
from runtime.signature import spec_of


@node
def tint(frame: Frame, faces: Faces | None = None, *, colour: Literal["red", "blue"] = "red", amount: Unit) -> Frame:
    """Tints a frame."""
    return frame


class Both(NamedTuple):
    frame: Frame
    faces: Faces


@node(ordered=True)
class FindFaces:
    def __init__(self, context: Context, *, model: str = "x") -> None: ...
    def __call__(self, frame: Frame | None, raw: Frame, *, every_ms: Annotated[float, Field(ge=0)] = 250) -> Both: ...


def test_parameters_of_a_kind_are_ports_and_keywords_are_settings():
    spec = spec_of(tint)
    assert [(port.name, port.kind, port.optional) for port in spec.ports] == [
        ("frame", Frame, False),
        ("faces", Faces, True),
    ]
    assert [output.kind for output in spec.outputs] == [Frame]
    assert list(spec.live.model_fields) == ["colour", "amount"]
    assert spec.stateless
    assert spec.doc == "Tints a frame."
    assert "test_signature.py:" in spec.where


def test_a_class_has_fixed_and_live_settings_and_gets_its_context():
    spec = spec_of(FindFaces)
    assert spec.name == "find_faces"
    assert (list(spec.fixed.model_fields), list(spec.live.model_fields)) == (["model"], ["every_ms"])
    assert spec.context == "context"
    assert spec.ordered
    assert [output.name for output in spec.outputs] == ["frame", "faces"]
    assert [port.tolerant for port in spec.ports] == [True, False]


def test_an_optional_port_is_told_of_skipped_frames_where_another_one_is():
    @node
    def guarded(frame: Frame | None, raw: Frame, faces: Faces | None = None) -> Frame: ...

    @node
    def marked(frame: Frame, faces: Faces | None = None) -> Frame: ...

    assert [(port.optional, port.tolerant) for port in spec_of(guarded).ports] == [
        (False, True), (False, False), (True, True)
    ]  # fmt: skip
    assert [(port.optional, port.tolerant) for port in spec_of(marked).ports] == [(False, False), (True, False)]


def test_settings_are_checked_by_type_and_range_and_nothing_else_is_taken():
    live = spec_of(tint).live
    assert live(amount=1).amount == 1
    for bad in ({}, {"amount": 2}, {"amount": "1"}, {"amount": 0, "colour": "green"}, {"amount": 0, "size": 1}):
        with pytest.raises(ValidationError):
            live(**bad)


def test_sources_and_sinks_have_contracts_of_their_own():
    @node(name="nothing")
    class Nothing(Source):
        def info(self) -> StreamInfo: ...
        def read(self): ...

    @node
    class Throw(Sink):
        def write(self, frame: Frame, faces: Faces | None = None, *, far: bool = True) -> None: ...

    assert (spec_of(Nothing).role, spec_of(Nothing).name) == ("source", "nothing")
    sink = spec_of(Throw)
    assert (sink.role, sink.outputs, list(sink.live.model_fields)) == ("sink", (), ["far"])
    assert [port.name for port in sink.ports] == ["frame", "faces"]


def test_a_plug_in_may_bring_a_kind_of_its_own():
    class Depth(Kind):
        pass

    def measure(frame):
        return None

    measure.__annotations__ = {"frame": Frame, "return": Depth}
    assert spec_of(node(measure)).outputs[0].kind is Depth


def bare(frame) -> Frame: ...
def wrong(frame: Frame) -> int: ...
def setting_as_port(frame: Frame, amount: float) -> Frame: ...
def starred(*frames: Frame) -> Frame: ...
def no_input(*, amount: int = 1) -> Frame: ...
def reserved(frame: Frame, *, workers: int = 1) -> Frame: ...
def unresolved(frame: "Fraim") -> Frame: ...  # noqa: F821
def default(frame: Frame = 3) -> Frame: ...


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        (bare, "parameter 'frame' has no annotation"),
        (wrong, "the return annotation must be a kind"),
        (setting_as_port, "parameter 'amount' is of no kind"),
        (starred, r"no \* or \*\*"),
        (no_input, "has no input port"),
        (reserved, "the name belongs to the engine"),
        (unresolved, "an annotation cannot be resolved: name 'Fraim'"),
        (default, "the only default is None"),
    ],
)
def test_a_bad_signature_is_reported_with_its_file_and_line(definition, message):
    with pytest.raises(NodeDefinitionError, match=message) as caught:
        spec_of(node(definition))
    assert "test_signature.py:" in str(caught.value)
