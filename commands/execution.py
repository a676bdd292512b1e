"""The flags of `run` and `swap` that say where networks run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from runtime.errors import ConfigurationError

if TYPE_CHECKING:
    from runtime.overrides import Override

Providers = Annotated[
    str | None,
    typer.Option(
        "--execution-provider", metavar="NAME[,NAME]", help="The graph's device: the first of these that is here."
    ),
]

_SUFFIX = "executionprovider"
"""What ONNX Runtime's own names of providers end with."""


def device_override(flag: str | None) -> list[Override]:
    """Returns what `--execution-provider` says as a value for the graph's `device`.

    Raises:
        ConfigurationError: a device that does not exist, or none of them is here.
    """
    from models.providers import unfit
    from runtime.overrides import Override

    if flag is None:
        return []
    passed = []
    for name in (part.strip().lower().removesuffix(_SUFFIX) for part in flag.split(",")):
        fault = None if name == "auto" else unfit(name)
        if fault is None:
            if passed:
                print(f"--execution-provider {flag}: {'; '.join(passed)}; {name} is taken", file=sys.stderr)
            return [Override("device", name, "--execution-provider", flag)]
        if not fault.exists:
            raise ConfigurationError(f"--execution-provider {flag}: {fault.message}; {fault.help}")
        passed.append(fault.message)
        remedy = fault.help
    raise ConfigurationError(f"--execution-provider {flag}: {'; '.join(passed)}; {remedy}")
