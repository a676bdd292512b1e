"""`check` and `explain`: what is wrong with graphs, before anything runs, and what that means."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.common import Format, Sets, graph_file, node_table
from runtime.errors import ConfigurationError, GraphError
from runtime.rendering import Style, as_data, render, summary

if TYPE_CHECKING:
    from runtime.codes import Code, Explanation
    from runtime.loading import Checked


def check(
    graphs: Annotated[list[str], typer.Argument(help="Graph files, or names of shipped graphs.")],
    sets: Sets = None,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    form: Format = "text",
) -> None:
    """Checks graphs without running them; exit code 2 when one would not run.

    Everything that the files say is judged, and whether the files that they name are there. No camera, window or
    network is opened.
    """
    from runtime.loading import Checked, check_file
    from runtime.overrides import parse_overrides

    table, overrides = node_table(), parse_overrides(sets or ())
    results: list[tuple[str, Checked]] = []
    for graph in graphs:
        try:
            file = graph_file(graph)
            results.append((str(file), check_file(file, table, overrides)))
        except GraphError as error:
            results.append((graph, Checked(None, error.diagnostics)))
    failed = any(result.graph is None or (strict and result.diagnostics) for _, result in results)
    if form == "json":
        print(json.dumps([_as_data(name, result) for name, result in results], indent=2))
    else:
        for name, result in results:
            _print(name, result)
    raise typer.Exit(ConfigurationError.exit_code if failed else 0)


def explain(
    code: Annotated[str | None, typer.Argument(help="A code, as in error[CODE]; all of them by default.")] = None,
) -> None:
    """Tells what a kind of mistake means, with a wrong and a right example."""
    from runtime.codes import Code, Explanations
    from runtime.spelling import near

    explanations = Explanations().of
    if code is None:
        for known, explanation in explanations.items():
            first = explanation.means.partition(". ")[0].rstrip(".")
            width = Style.of(sys.stdout).width
            print(textwrap.fill(first, width, initial_indent=f"{known:<22}", subsequent_indent=" " * 22))
        return
    name = re.sub(r"^(error|warning)\[|\]$", "", code).lower().replace("_", "-").replace(" ", "-")
    if name not in explanations:
        help_text = near(name, explanations) or "dlc.py explain, without a code, lists them"
        raise ConfigurationError(f"there is no code {name!r}; {help_text}")
    _print_explanation(Code(name), explanations[Code(name)])


def _as_data(name: str, result: Checked) -> dict[str, Any]:
    diagnostics = [as_data(item) for item in result.diagnostics]
    return {"graph": name, "ok": result.graph is not None, "diagnostics": diagnostics}


def _print(name: str, result: Checked) -> None:
    style = Style.of(sys.stdout)
    for item in result.diagnostics:
        print(render(item, style))
    shown = Path(name)
    if shown.is_absolute() and shown.is_relative_to(Path.cwd()):
        shown = shown.relative_to(Path.cwd())
    if result.graph is None:
        print(f"{shown}: {summary(result.diagnostics)}; dlc.py explain CODE tells more")
        return
    warnings = f", {summary(result.diagnostics)}" if result.diagnostics else ""
    print(f"{shown}: good, {len(result.graph.nodes)} nodes, {result.graph.mode} mode{warnings}")


def _print_explanation(code: Code, explanation: Explanation) -> None:
    style = Style.of(sys.stdout)
    print(f"{style.paint(f'{code.severity}[{code}]', code.severity)}\n")
    print(textwrap.fill(explanation.means, style.width))
    for title, example in (("Wrong", explanation.wrong), ("Right", explanation.right)):
        if example:
            print(f"\n{title}:\n{textwrap.indent(example.rstrip(), '    ')}")
