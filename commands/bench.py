"""`bench`: the figures that dlc is built to hold, measured here."""

from __future__ import annotations

from typing import Annotated

import typer

from runtime.errors import ConfigurationError


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="Of: engine, pictures, graphs, likeness. All by default.")
    ] = None,
) -> None:
    """Measures the figures that dlc is built to hold, on this machine."""
    from bench import graphs, likeness, overhead, pictures

    parts = {
        "engine": overhead.measure,
        "pictures": pictures.measure,
        "graphs": graphs.measure,
        "likeness": likeness.measure,
    }
    unknown = set(names or ()) - parts.keys()
    if unknown:
        raise ConfigurationError(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(parts)}")
    for name in names or parts:
        for figure in parts[name]():
            print(figure.line(), flush=True)
