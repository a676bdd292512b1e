"""Graphs to be drawn: shipped ones, short ones, and any that hypothesis makes up."""

import re
from typing import NamedTuple

from hypothesis import strategies as st

from commands.common import node_table, shipped_graphs
from runtime import Faces, Frame, node
from runtime.drawing import drawing
from runtime.loading import load_graph
from runtime.overrides import Override
from runtime.settings import Address
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import _Ends, load_text


class Parts(NamedTuple):
    left: Frame
    right: Frame
    found: Faces


class Only(NamedTuple):
    one: Frame


@node
def step(frame: Frame, other: Frame | None = None, *, note: str = "", mix: list[int] = []) -> Frame: ...  # noqa: B006


@node
def split(frame: Frame) -> Parts: ...


@node
def single(frame: Frame, *, to: Address = "auto", model: str = "plain") -> Only: ...


@node
def watch(frame: Frame | None, found: Faces, raw: Frame) -> Frame: ...


TABLE = NodeTable(map(spec_of, (*_Ends().definitions(), step, split, single, watch)))
OUTPUTS = {"listed": [""], "step": [""], "split": [".left", ".right"], "single": [".one"], "watch": [""]}


def shipped(name, *sets):
    return load_graph(shipped_graphs()[name], node_table(runs=False), [Override.parse(text) for text in sets])


def load(*lines):
    return load_text("\n".join(["mode: file", "nodes:", *(f"  {line}" for line in lines)]), TABLE)


def lines_of(graph, width=80):
    return drawing(graph, width).plain.split("\n")


def row_of(name, graph):
    return next(line for line in lines_of(graph) if re.search(rf"[▼●■].* {name} ", line))


@st.composite
def graphs(draw):
    """Up to 20 nodes of all types, with several sources, sinks, unused outputs, and long names in any alphabet."""
    stems = st.one_of(st.just("n"), st.text("abçλ漢_", min_size=1, max_size=40), st.just("x" * 90))
    frames, found, lines = [], [], []
    for number in range(draw(st.integers(2, 20))):
        name = f"{draw(stems)}{number}"
        usable = ["listed"] + ["step", "split", "single"] * bool(frames) + ["watch", "watch"] * bool(found)
        usable += ["collect", "collect"] * bool(frames)
        type_ = draw(st.sampled_from(usable)) if number else "listed"
        ports = {"watch": ["frame", "raw"], "listed": []}.get(type_, ["frame"])
        if type_ == "step" and draw(st.booleans()):
            ports = ["frame", "other"]
        inputs = {port: draw(st.sampled_from(frames)) for port in ports}
        if type_ == "watch":
            inputs["found"] = draw(st.sampled_from(found))
        joined = ", ".join(f"{port}: {origin}" for port, origin in inputs.items())
        lines.append(f"{name}: {{type: {type_}{', in: {' + joined + '}' if inputs else ''}}}")
        frames += [name + output for output in OUTPUTS.get(type_, [])]
        found += [f"{name}.found"] if type_ == "split" else []
    return load(*lines, f"end: {{type: collect, in: {draw(st.sampled_from(frames))}}}")
