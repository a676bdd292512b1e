"""`provenance`: what a file says about how it was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from commands.common import Format
from runtime.errors import ConfigurationError


def provenance(
    file: Annotated[Path, typer.Argument(help="A picture or video of any program.")],
    form: Format = "text",
) -> None:
    """Says what a file claims about how it was made, and whether that holds (exit code 1: nothing, or it does not)."""
    from provenance.report import lines_of, report_on

    try:
        report = report_on(file)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror or error}") from error
    print(json.dumps(report.as_json(), indent=2) if form == "json" else "\n".join(lines_of(report)))
    raise typer.Exit(0 if report.good else 1)
