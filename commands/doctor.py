"""`doctor`: what is here, missing or wrong, and the command that mends it."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from commands.checks.finding import Finding
from commands.common import Format
from runtime.rendering import Style
from runtime.version import VERSION

if TYPE_CHECKING:
    from runtime.hardware import Hardware

_LOOKS = {"note": "warning", "wrong": "error"}
_LEFT = 19
"""Width of the columns before the message."""


def doctor(form: Format = "text") -> None:
    """Looks at this installation and this machine; exit code 1 when the default graph cannot run.

    Camera 0 is opened for a moment, and a tiny network is run on each device. Nothing is changed.
    """
    machine, findings = _examine()
    findings = [finding.without(_private()) for finding in findings]
    if form == "json":
        print(json.dumps(as_data(machine, findings), indent=2))
    else:
        for finding in findings:
            print(shown(finding, Style.of(sys.stdout)))
        print(_summary(findings))
    raise typer.Exit(1 if any(finding.stops for finding in findings) else 0)


def as_data(machine: Hardware | None, findings: Iterable[Finding]) -> dict[str, Any]:
    """Returns a report for a bug: no paths of the user's own, no names of machine or user."""
    found = list(findings)
    described = None
    if machine is not None:
        described = {**asdict(machine), "features": sorted(machine.features), "devices": machine.devices()}
    return {
        "dlc": VERSION,
        "runs_default_graph": not any(finding.stops for finding in found),
        "machine": described,
        "findings": [asdict(finding) for finding in found],
    }


def shown(finding: Finding, style: Style) -> str:
    """Returns a finding as lines: state, check, message; below them the remedy, in one line to be copied."""
    state = f"{finding.state:<6}"
    painted = style.paint(state, _LOOKS[finding.state]) if finding.state in _LOOKS else state
    lines = textwrap.wrap(
        finding.message, style.width - _LEFT, break_long_words=False, break_on_hyphens=False
    ) or [""]  # fmt: skip
    text = "\n".join([f"{finding.check:<{_LEFT - 6}}{lines[0]}", *(" " * _LEFT + line for line in lines[1:])])
    return f"{painted}{text}" + "".join(f"\n{line}" for line in _remedy(finding, style))


def _remedy(finding: Finding, style: Style) -> list[str]:
    if not finding.remedy:
        return []
    wrapped = textwrap.wrap(
        finding.remedy, style.width - _LEFT - 3, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip
    return [f"{' ' * _LEFT}{'-> ' if not index else '   '}{line}" for index, line in enumerate(wrapped)]


def _summary(findings: Iterable[Finding]) -> str:
    found = list(findings)
    wrong = sum(finding.state == "wrong" for finding in found)
    notes = sum(finding.state == "note" for finding in found)
    able = "cannot run" if any(finding.stops for finding in found) else "can run"
    return f"{wrong} wrong, {notes} to note; the default graph {able}. --format json is for bug reports."


def _examine() -> tuple[Hardware | None, list[Finding]]:
    """Returns the machine, where it could be looked at, and all findings."""
    from commands.checks import devices, folders, machine, packages, pictures
    from commands.checks.interpreter import check_interpreter, this_interpreter

    found: list[Finding] = []
    found += _tried("python", lambda: check_interpreter(this_interpreter()))
    found += _tried("packages", lambda: packages.check_packages(packages.installed_packages(), packages.lower_bounds()))
    hardware = _hardware(found)
    if hardware is not None:
        found += _tried("machine", lambda: machine.look(hardware))
        found += _tried("device", lambda: devices.check_devices(hardware))
    found += _tried("pictures", pictures.look)
    found += _tried("folders", folders.look)
    return hardware, found


def _hardware(found: list[Finding]) -> Hardware | None:
    from runtime.hardware import probe

    hardware: list[Hardware] = []

    def look() -> Iterator[Finding]:
        hardware.append(probe())
        return iter(())

    found += _tried("onnxruntime", look)
    return next(iter(hardware), None)


def _tried(check: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """Returns what a check finds; one that fails is a finding itself, since a broken package may fail anywhere."""
    found: list[Finding] = []
    try:
        found.extend(look())  # keeps what came before a failure
    except Exception as error:  # noqa: BLE001 - whatever an installation that is broken raises
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        found.append(Finding(check, "wrong", text, "pip install --force-reinstall -e .", stops=True))
    return found


def _private() -> list[tuple[str, str]]:
    """Returns what must not stand in a report, and what stands for it."""
    homes = (Path.home(), Path.home().resolve())
    return [(str(home), "~") for home in homes if home != Path(home.anchor)]
