"""The node contract: a signature says what a node takes, what it gives, and what can be set.

Positional parameters of a kind are input ports, keyword-only parameters are settings (those of `__init__` are fixed,
those of `__call__` are live), the return annotation is the output. `runtime/signature.py` reads signatures.
Everything a node author needs is importable from `runtime`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, TypeVar, overload

from pydantic import BaseModel

from runtime.facts import RunFacts
from runtime.kinds import Buffers, Frame, Image, Kind
from runtime.threads import Threads

Mode = Literal["live", "file"]
Role = Literal["node", "source", "sink"]
Node = TypeVar("Node", bound=Callable[..., Any])
Returned = TypeVar("Returned")


@dataclass(frozen=True, slots=True)
class Quality:
    """What a graph asks of a live source."""

    width: int
    height: int
    fps: int


QUALITIES: Mapping[str, Quality] = {
    "performance": Quality(640, 480, 60),
    "balanced": Quality(960, 540, 30),
    "quality": Quality(1280, 720, 24),
}


class MainThread(Protocol):
    """The process's main thread, to which windows (and on macOS cameras) belong."""

    def call(self, function: Callable[[], Returned]) -> Returned:
        """Runs `function` there, waits, and returns or raises what it does."""
        ...

    def poll(self, function: Callable[[], None]) -> Callable[[], None]:
        """Has `function` run there about every 5 ms; returns a function that ends this."""
        ...


class Session(Protocol):
    """A loaded network."""

    def run(self, *inputs: Any) -> list[Any]:
        """Runs the network on arrays given in the order of its inputs; returns its outputs."""

    @property
    def inputs(self) -> Sequence[Any]:
        """What it takes, in order: each has `name`, `shape` and `type` as ONNX Runtime gives them."""

    @property
    def device(self) -> str:
        """Where it runs, for example `cpu`."""

    @property
    def placement(self) -> object:
        """What really runs; its text says so: the provider, its partitions, and the operators left to the CPU."""


class Models(Protocol):
    """The models that this run may use."""

    def session(self, name: str, *, device: str | None = None, several: bool = False) -> Session:
        """Returns the session of a model, loading it at first use; raises `ModelError`.

        Args:
            name: of the model.
            device: where it runs, for example `coreml:ane`; by default where the plan puts the node.
            several: whether runs of several rows are worth a free batch; by default for a node with `batch`.
        """

    def file(self, name: str) -> tuple[Path, str]:
        """Returns where a model's file is, and its SHA-256, for what is in it beside the network."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a node may know of the run it is in; injected by its type.

    Attributes:
        node: the node's name in the graph.
        mode: `live` or `file`.
        quality: what the graph asks of live sources.
        models: loads networks.
        main: the process's main thread.
        threads: how many threads each library may use.
        buffers: where large arrays come from.
        stop: true once the run is ending; for loops that wait on hardware.
        facts: what the run is, as it is now; for sinks that write it down. Only once frames flow.
        log: the node's logger.
    """

    node: str
    mode: Mode
    quality: Quality
    models: Models
    main: MainThread
    threads: Threads
    buffers: Buffers
    stop: Callable[[], bool] = field(default=lambda: False)
    facts: Callable[[], RunFacts] = field(default=RunFacts)
    log: logging.Logger = field(default=logging.getLogger("dlc"))


class Picture(NamedTuple):
    """What a source reads: uint8 [H, W, 3] BGR, and its time within the stream in seconds (None: live, as captured)."""

    image: Image
    pts: Fraction | None = None


@dataclass(frozen=True, slots=True)
class ColorTags:
    """Colour tags of a video stream: numbers of ISO/IEC 23091-2 (2: unspecified), and the range (1 limited, 2 full)."""

    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    range: int = 0


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a source's stream before its first frame; reaches every sink when it is opened.

    Attributes:
        width, height: of the upright picture, px.
        rate: frames a second, or None if it varies or is unknown.
        time_base: unit of the stream's time stamps, s.
        duration: s, or None.
        frame_count: frames to come, or None.
        live: True when frames arrive by themselves (a camera), so that time cannot be made to wait.
        rotation: degrees that the source has already undone.
        color: tags to write again.
        origin: the file that it comes from, with its sound and other streams, or None.
        loops: True when the stream starts again at its end.
    """

    width: int
    height: int
    rate: Fraction | None = None
    time_base: Fraction = Fraction(1, 1_000_000)
    duration: Fraction | None = None
    frame_count: int | None = None
    live: bool = False
    rotation: int = 0
    color: ColorTags = ColorTags()
    origin: Path | None = None
    loops: bool = False


class Source(ABC):
    """Where frames come from. One thread uses it.

    The constructor opens it; what must be opened on the main thread goes through `context.main.call`.
    """

    @abstractmethod
    def info(self) -> StreamInfo:
        """Returns what is known of the stream."""

    @abstractmethod
    def read(self) -> Picture | None:
        """Returns the next picture, or None at the end. A live source waits for the next one to arrive."""

    def seek(self, seconds: Fraction) -> None:
        """Goes to a time of the stream; live sources ignore it."""

    def close(self) -> None:
        """Releases files and devices."""


class Sink(ABC):
    """Where frames go. Its ports are the positional parameters of `write`, its live settings the keyword-only ones."""

    def open(self, info: StreamInfo) -> None:
        """Is told of the stream before the first frame."""

    @abstractmethod
    def write(self, frame: Frame) -> None:
        """Takes one frame."""

    def wants_stop(self) -> bool:
        """Returns whether whoever watches has asked for the end of the run, for example by closing the window."""
        return False

    def close(self, ok: bool) -> None:  # noqa: FBT001 - the one thing that an end can be
        """Ends the output; `ok` is False when the run failed or was broken off before the stream's end."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input of a node.

    Attributes:
        name: the parameter's name.
        kind: what it takes.
        optional: may stay unconnected (it has a default).
        tolerant: gets None for a frame that upstream skipped.
    """

    name: str
    kind: type[Kind]
    optional: bool = False
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """An output of a node; the name is empty when it has only one."""

    name: str
    kind: type[Kind]


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node type, as its signature tells it.

    Attributes:
        name: type name in graph files.
        target: the function or class.
        role: node, source or sink.
        ports, outputs: the edges that it can have.
        fixed: model of the settings of `__init__`; changing one rebuilds the node.
        live: model of the settings of `__call__`; passed on each call.
        ordered: one instance sees all frames in order.
        stateless: a plain function.
        batched: has `batch(items)`.
        context: name of the parameter that takes the `Context`, or None.
        where: `file:line` of the definition.
    """

    name: str
    target: Callable[..., Any]
    role: Role
    ports: tuple[Port, ...]
    outputs: tuple[Output, ...]
    fixed: type[BaseModel]
    live: type[BaseModel]
    ordered: bool
    stateless: bool
    batched: bool
    context: str | None
    where: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """What `@node` leaves on a definition for `runtime.signature` to read."""

    name: str | None
    ordered: bool


MARK = "__dlc_node__"


@overload
def node(target: Node) -> Node: ...
@overload
def node(*, name: str | None = None, ordered: bool = False) -> Callable[[Node], Node]: ...
def node(
    target: Node | None = None, *, name: str | None = None, ordered: bool = False
) -> Node | Callable[[Node], Node]:
    """Declares a function or class as a node type.

    Args:
        target: the definition, when used without parentheses.
        name: type name in graph files; by default the definition's name in snake_case.
        ordered: one instance sees all frames in order; otherwise each worker has an instance of its own.
    """

    def mark(definition: Node) -> Node:
        setattr(definition, MARK, Marked(name, ordered))
        return definition

    return mark if target is None else mark(target)
