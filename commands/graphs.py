"""`graphs` and `new`: the graphs that ship with dlc, and copies of them to change."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import Format, complete_graph, graph_file, node_table, shipped_graphs
from commands.terminal import indented, show
from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from runtime.node import Mode


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped graph, as its file tells it; `quality` is None where it says nothing, which is in file mode.

    `models` are those that it needs and that do not come with dlc, each with whether it is here.
    """

    name: str
    mode: Mode
    quality: str | None
    description: str
    comment: str
    file: str
    models: dict[str, bool]


def graphs(form: Format = "text") -> None:
    """Lists the shipped graphs and what they are for."""
    shipped = [_shipped(file) for file in shipped_graphs().values()]
    if form == "json":
        print(json.dumps([asdict(graph) for graph in shipped], indent=2, ensure_ascii=False))
    else:
        show(_texts(shipped))


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new graph; NAME.yaml is written here.")],
    origin: Annotated[
        str, typer.Option("--from", metavar="GRAPH", help="What to copy.", autocompletion=complete_graph)
    ] = "live_balanced",
) -> None:
    """Copies a graph into the working directory, to be changed there."""
    from runtime.graph_copy import copy_text

    name = name.removesuffix(".yaml").removesuffix(".yml")
    if not re.fullmatch(r"\w[\w-]*", name):
        raise ConfigurationError(f"{name!r} is no name for a graph: use letters, digits, _ and - only")
    if name in shipped_graphs():
        raise ConfigurationError(f"{name} is the name of a shipped graph; choose another, to tell them apart")
    file, target = graph_file(origin), Path(f"{name}.yaml")
    text = copy_text(file, target, node_table(runs=False))
    try:
        with target.open("x", encoding="utf-8", newline="") as written:
            written.write(text)
    except FileExistsError:
        raise ConfigurationError(f"{target} exists already; choose another name") from None
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error
    print(_next_steps(target, file))


def _next_steps(target: Path, origin: Path) -> str:
    from runtime.document import read_document

    dlc = f"python {sys.argv[0]}" if sys.argv[0].endswith(".py") else "dlc"
    wants_files = origin in shipped_graphs().values() and read_document(origin).data.get("mode") == "file"
    files = " -s FACE -t TARGET -o OUTPUT" if wants_files else ""
    return (
        f"{target} is a copy of {origin.stem}. Change it in an editor, then:\n"
        f"  {dlc} check {target}\n"
        f"  {dlc} run {target}{files}\n"
        f"`{dlc} nodes` lists what may stand in it, `{dlc} nodes TYPE` tells all about one."
    )


def _shipped(file: Path) -> Shipped:
    from runtime.document import read_document
    from runtime.findings import Findings
    from runtime.schema import read_skeleton

    text, _ = read_skeleton(Findings(read_document(file)))
    if text is None:
        raise ConfigurationError(f"{file} is no graph")
    quality = text.quality if text.mode == "live" else None
    settings = [value for node in text.nodes.values() if isinstance(node, dict) for value in node.values()]
    models = _models(value for value in settings if isinstance(value, str))
    return Shipped(file.stem, text.mode, quality, text.description, opening_comment(file), str(file), models)


def _models(names: Iterable[str]) -> dict[str, bool]:
    """Returns the models among words that do not come with dlc, and those that they need; and whether each is here."""
    from models.cards import DFM, card_names
    from models.store import Store

    store, known = Store(), set(card_names())
    named = [name for name in names if name in known or name.startswith(DFM)]
    cards = [card for name in named for card in store.with_needs(name) if not card.bundled]
    return {card.name: store.state(card) == "here" for card in reversed(cards)}


def opening_comment(file: Path) -> str:
    """Returns what the comment at the top of a graph file says to people; what ends a sentence ends a line.

    A line that is indented is a command, and stays as it is.
    """
    comment = takewhile(lambda line: line.startswith("#"), file.read_text(encoding="utf-8").splitlines())
    said = [line.removeprefix("#").removeprefix(" ") for line in comment if "yaml-language-server" not in line]
    lines: list[str] = []
    for line in said:
        if lines and not lines[-1].endswith((".", "!", "?", ":")) and not f"{lines[-1][:1]}{line[:1]}".count(" "):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _texts(shipped: Iterable[Shipped]) -> Iterator[RenderableType]:
    from rich.text import Text

    for graph in shipped:
        kind = ", ".join(filter(None, (graph.mode, graph.quality)))
        yield from (Text.assemble((graph.name, "bold"), f" ({kind})"), indented(graph.comment or graph.description))
        if graph.models:
            states = (f"{name} ({'here' if here else 'not here'})" for name, here in graph.models.items())
            yield indented(f"Models: {', '.join(states)}")
        yield ""
    yield "`new NAME --from GRAPH` copies one of them, to be changed."
