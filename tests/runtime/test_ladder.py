"""Ladders: from what node types say of their settings, or as the graph gives them."""

from typing import Annotated, Literal

import pytest

import nodes
from runtime import Context, Count, Eases, Frame, Unit, node
from runtime.errors import GraphError, NodeDefinitionError
from runtime.ladder import ladder_of
from runtime.rung import Rung
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import load_text


@node
def soften(
    frame: Frame,
    *,
    strength: Annotated[Unit, Eases((1.0, 0.5, 0.0))] = 0.8,
    kernel: Annotated[Literal["fine", "plain", "coarse"], Eases(("plain", "coarse"), "visible")] = "fine",
    every: Annotated[Count, Eases((1, 2, 4), "hidden")] = 1,
    size: int = 3,
) -> Frame:
    return frame


def graph(extra="", node_extra=""):
    table = NodeTable(spec_of(definition) for definition in (*nodes.DEFINITIONS, soften))
    text = f"nodes: {{a: {{type: source}}, s: {{type: soften, in: a{node_extra}}}, c: {{type: sink, in: s}}}}\n"
    return load_text(text + extra, table)


def names(ladder):
    return [f"{rung.name}={rung.value}" for rung in ladder.rungs]


def test_what_is_seen_least_comes_first_and_the_rate_last():
    assert names(ladder_of(graph(), 30)) == [
        "s.every=2", "s.every=4", "s.strength=0.5", "s.strength=0.0", "s.kernel=plain", "s.kernel=coarse",
        "fps=24", "fps=20", "fps=15",
    ]  # fmt: skip


def test_steps_begin_below_what_the_graph_asks_for():
    ladder = ladder_of(graph(node_extra=", every: 3, strength: 0.5, kernel: plain"), 30)
    assert names(ladder)[:3] == ["s.every=4", "s.strength=0.0", "s.kernel=coarse"]


@pytest.mark.parametrize(("aim", "rates"), [(60, [48, 40, 30]), (240, [192, 160, 120]), (24, [19, 16, 12])])
def test_half_of_the_rate_that_is_aimed_at_is_kept(aim, rates):
    assert names(ladder_of(graph(), aim))[6:] == [f"fps={rate}" for rate in rates]


def test_rates_above_the_aim_are_no_steps():
    assert names(ladder_of(graph("ladder: [fps=24, fps=15]"), 20)) == ["fps=15"]


@pytest.mark.parametrize(("kind", "steps"), [("skin", ["s.tone=0.0"]), ("metal", [])])
def test_what_does_nothing_with_a_fixed_setting_is_no_step(kind, steps):
    @node
    class Tint:
        """Tints a frame."""

        def __init__(self, context: Context, *, kind: Literal["skin", "metal"] = "skin") -> None:
            del context, kind

        def __call__(
            self, frame: Frame, *, tone: Annotated[Unit, Eases((1.0, 0.0), "slight", {"kind": "skin"})] = 1.0
        ) -> Frame:
            return frame

    table = NodeTable(spec_of(definition) for definition in (*nodes.DEFINITIONS, Tint))
    text = f"nodes: {{a: {{type: source}}, s: {{type: tint, in: a, kind: {kind}}}, c: {{type: sink, in: s}}}}"
    assert names(ladder_of(load_text(text, table), 30))[:-3] == steps


def test_a_graph_may_bring_its_own():
    ladder = ladder_of(graph("ladder: [s.size=1, s.strength=0.2, fps=10]"), 30)
    assert ladder.rungs == (Rung("s", "size", 1), Rung("s", "strength", 0.2), Rung(None, "fps", 10))
    assert ladder.base == {("s", "size"): 3, ("s", "strength"): 0.8}


def test_an_empty_ladder_takes_no_step():
    assert ladder_of(graph("ladder: []"), 30).rungs == ()


def test_settings_follow_from_the_rungs_that_are_taken():
    ladder = ladder_of(graph(), 30)
    assert ladder.settings((0, 2))[("s", "every")] == 2
    assert ladder.settings((0, 1))[("s", "every")] == 4
    assert ladder.settings(()) == ladder.base
    assert ladder.cap((6, 7)) == 20
    assert ladder.cap((0,)) is None
    assert (ladder.before(1, (0,)), ladder.before(0, ()), ladder.before(6, ())) == (2, 1, None)


def test_steps_of_a_node_that_is_switched_off_are_left_out():
    assert ladder_of(graph("ladder: [s.size=1, fps=10]", ", enabled: false"), 30).rungs == (Rung(None, "fps", 10),)


def test_a_step_to_a_value_that_a_setting_cannot_have_is_found_where_it_is_defined():
    @node
    def wrong(frame: Frame, *, mix: Annotated[Unit, Eases((1.0, -1.0))] = 1.0) -> Frame:
        return frame

    with pytest.raises(NodeDefinitionError, match=r"setting 'mix' cannot be eased to -1.0: .* greater than"):
        spec_of(wrong)


def test_only_live_settings_can_be_eased():
    @node
    class Fixed:
        def __init__(self, *, size: Annotated[Count, Eases((4, 2))] = 4) -> None: ...

        def __call__(self, frame: Frame) -> Frame:
            return frame

    with pytest.raises(NodeDefinitionError, match="size cannot be eased, as a change rebuilds"):
        spec_of(Fixed)


def test_a_step_of_a_ladder_is_checked_like_the_file():
    with pytest.raises(GraphError, match="there is no node 'x'"):
        graph("ladder: [x.size=1]")
