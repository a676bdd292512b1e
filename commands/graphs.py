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
    """A shipped graph, as its file tells it; `quality` is None where it says nothing, which is in file mode."""

    name: str
    mode: Mode
    quality: str | None
    description: str
    comment: str
    file: str


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
    text = copy_text(file, target, node_table())
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
    return Shipped(file.stem, text.mode, quality, text.description, opening_comment(file), str(file))


def opening_comment(file: Path) -> str:
    """Returns what the comment at the top of a graph file says to people; what ends a sentence ends a line."""
    comment = takewhile(lambda line: line.startswith("#"), file.read_text(encoding="utf-8").splitlines())
    said = [line.lstrip("# ") for line in comment if "yaml-language-server" not in line]
    return re.sub(r"(?<![.!?:])\n", " ", "\n".join(said))


def _texts(shipped: Iterable[Shipped]) -> Iterator[RenderableType]:
    from rich.text import Text

    for graph in shipped:
        kind = ", ".join(filter(None, (graph.mode, graph.quality)))
        yield from (Text.assemble((graph.name, "bold"), f" ({kind})"), indented(graph.comment or graph.description), "")
    yield "`new NAME --from GRAPH` copies one of them, to be changed."
