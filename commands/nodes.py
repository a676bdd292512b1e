"""`nodes` and `schema`: what may stand in a graph, told to people and to editors."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.common import Format, Plugins, complete_node_type, node_table
from commands.terminal import columns, indented, show
from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from runtime.help import Help, KeyHelp, OutputHelp, PortHelp, SettingHelp


def nodes(
    type_: Annotated[
        str | None, typer.Argument(metavar="TYPE", help="One node type.", autocompletion=complete_node_type)
    ] = None,
    form: Format = "text",
    plugins: Plugins = None,
) -> None:
    """Lists the node types, or tells all about one: its inputs, outputs and settings, with an example."""
    from runtime.help import help_of
    from runtime.spelling import suggestion

    ours = node_table()
    table = ours.with_files(plugins or ())
    if type_ is not None and type_ not in table:
        raise ConfigurationError(f"there is no node type {type_!r}{suggestion(type_, table)}")
    helps = [help_of(spec, table) for spec in table.values() if type_ in (None, spec.name)]
    helps = [item if item.name in ours else _with_plugins(item, plugins or ()) for item in helps]
    if form == "json":
        shown = [asdict(item) for item in helps]
        print(json.dumps(shown if type_ is None else shown[0], indent=2, ensure_ascii=False))
    else:
        show(_overview(helps) if type_ is None else _details(helps[0]))


def schema(
    plugins: Plugins = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; by default standard output.")
    ] = None,
) -> None:
    """Prints the JSON Schema of graph files, with which editors check and complete them."""
    from runtime.graph_schema import graph_schema
    from runtime.whole_file import write_whole

    text = json.dumps(graph_schema(node_table(plugins or ())), indent=2)
    if output is None:
        print(text)
        return
    if output.exists() and '"$schema"' not in output.read_text(encoding="utf-8", errors="replace")[:200]:
        raise ConfigurationError(f"{output} is there and is no JSON Schema; choose another name")
    try:
        write_whole(output, f"{text}\n")
    except OSError as error:
        raise ConfigurationError(f"{output} cannot be written: {error.strerror}") from error


def _with_plugins(item: Help, plugins: Iterable[Path]) -> Help:
    """Returns the help of a plug-in's node with an example that names the plug-ins, as a graph has to."""
    from runtime.words import value_text

    files = ", ".join(value_text(str(file)) for file in plugins)
    return replace(item, example=f"plugins: [{files}]\n{item.example}")


def _overview(helps: Iterable[Help]) -> Iterator[RenderableType]:
    table = columns("type", "inputs -> output", "what it does")
    for item in helps:
        inputs = ", ".join(f"[{port.kind}]" if port.optional else port.kind for port in item.ports)
        flow = f"{inputs} -> {', '.join(output.kind for output in item.outputs)}".strip()
        table.add_row(item.name, flow, item.summary)
    yield from (table, "", "With TYPE it tells all about one of them.")


def _details(item: Help) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(item.name, "bold")
    for paragraph in item.text:
        yield from (paragraph, "")
    parts = {
        "Inputs": item.ports and _ports(item.ports),
        "Output" if len(item.outputs) == 1 else "Outputs": item.outputs and _outputs(item.outputs),
        "Settings": item.settings and _settings(item.settings),
        "Keys of the engine": _keys(item.keys),
        "Example": Text(item.example, no_wrap=True, overflow="ignore"),
    }
    for heading, content in parts.items():
        if content:
            yield from (Text(heading, "bold"), indented(content), "")
    yield Text(f"Defined in {_where(item.where)}", "dim")


def _ports(ports: Iterable[PortHelp]) -> Table:
    table = columns()
    for port in ports:
        said = "gets nothing for a frame that upstream skipped" if port.tolerant else ""
        table.add_row(port.name, port.kind, "optional: may stay unconnected" if port.optional else said)
    return table


def _outputs(outputs: Iterable[OutputHelp]) -> Table:
    table = columns()
    for output in outputs:
        table.add_row(*filter(None, (output.name, output.kind)))
    return table


def _settings(settings: Iterable[SettingHelp]) -> Table:
    table = columns("name", "takes", "default", "changes")
    for setting in settings:
        table.add_row(setting.name, _takes(setting), setting.default_text, setting.changes)
    return table


def _keys(keys: Iterable[KeyHelp]) -> Table:
    table = columns("name", "takes", "default")
    for key in keys:
        table.add_row(key.name, _takes(key), key.default_text)
    return table


def _takes(key: KeyHelp) -> Text:
    """Returns what a key takes, and below it what it does."""
    from rich.text import Text

    return Text.assemble(key.type, (f"\n{key.help}" if key.help else "", "dim"))


def _where(where: str) -> str:
    """Returns a place in a file, from the working directory where that is above it."""
    try:
        return str(Path(where).relative_to(Path.cwd()))
    except ValueError:
        return where
