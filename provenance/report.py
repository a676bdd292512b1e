"""Reads back what a file says about how it was made, checks what can be checked, and says it in plain words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any

from provenance import credentials
from provenance.carriers import Carrier, carrier_of
from provenance.claim import NEWSCODES
from provenance.credentials import Credentials
from provenance.sidecar import Sidecar, find_sidecar, read_sidecar, sha256_of
from provenance.xmp import Xmp, read_packet

_MEANINGS = {
    "composite": "put together from several pictures",
    "compositeCapture": "put together from several pictures that were captured from life",
    "compositeSynthetic": "put together, at least one part being made by generative AI",
    "compositeWithTrainedAlgorithmicMedia": "edited with generative AI",
    "trainedAlgorithmicMedia": "made by generative AI",
    "algorithmicMedia": "made by an algorithm without training data",
    "algorithmicallyEnhanced": "altered by an algorithm",
    "digitalCapture": "captured from life by a digital camera",
    "computationalCapture": "captured from life, several frames merged into one",
    "humanEdits": "edited by people",
    "digitalCreation": "made by people with digital tools",
    "screenCapture": "a recording of a screen",
}


@dataclass(slots=True)
class Report:
    """What was found in and beside a file; `problems` are what does not hold."""

    file: str
    kind: str = ""
    xmp: Xmp | None = None
    c2pa: Credentials | None = None
    sidecar: Sidecar | None = None
    sidecar_file: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether anything says how the file was made."""
        return bool((self.xmp and self.xmp.source_type) or self.c2pa or self.sidecar)

    @property
    def good(self) -> bool:
        """Whether the file says how it was made, and all of it holds."""
        return self.found and not self.problems

    def as_json(self) -> dict[str, Any]:
        """Returns everything, ready for JSON."""
        return {
            "file": self.file,
            "kind": self.kind,
            "found": self.found,
            "holds": self.good,
            "problems": self.problems,
            "xmp": asdict(self.xmp) if self.xmp else None,
            "c2pa": asdict(self.c2pa) if self.c2pa else None,
            "sidecar": self.sidecar.model_dump(mode="json") if self.sidecar else None,
        }


def report_on(file: Path) -> Report:
    """Returns what a file says; raises `OSError` when it cannot be read."""
    report = Report(file.name)
    carrier = carrier_of(file)
    report.kind = carrier.name if carrier else "file of another kind"
    if carrier:
        _read_xmp(report, file, carrier)
        _read_c2pa(report, file, carrier)
    _read_sidecar(report, file)
    return report


def lines_of(report: Report) -> list[str]:
    """Returns a report in plain words."""
    lines = [f"{report.file}: {report.kind}"]
    if report.xmp:
        lines += ["", *_xmp_lines(report.xmp)]
    if report.c2pa:
        lines += ["", *_c2pa_lines(report.c2pa)]
    if report.sidecar:
        lines += ["", *_sidecar_lines(report.sidecar, report.sidecar_file)]
    lines += ["", *(f"does not hold: {problem}" for problem in report.problems)] if report.problems else [""]
    if not report.found:
        lines.append("It does not say how it was made. That proves nothing: such notes are easily lost.")
    elif report.good:
        checked = report.c2pa or report.sidecar
        lines.append("All of this holds." if checked else "Nothing contradicts it, and nothing proves it.")
    return [part for line in lines for part in _wrapped(line)]


def _wrapped(line: str) -> list[str]:
    """Returns a line for a terminal: of 80 columns, and without what could steer it."""
    plain = "".join(char if char.isprintable() else "?" for char in line)
    indent = " " * (len(plain) - len(plain.lstrip()))
    return wrap(plain, 80, subsequent_indent=indent + "  ", break_on_hyphens=False) or [""]


def _read_xmp(report: Report, file: Path, carrier: Carrier) -> None:
    try:
        packet = carrier.find(file)
        report.xmp = read_packet(packet) if packet else None
    except ValueError as error:
        report.problems.append(f"the XMP cannot be read: {error}")


def _read_c2pa(report: Report, file: Path, carrier: Carrier) -> None:
    if not credentials.is_signed(file, carrier):
        return
    if not credentials.installed():
        report.problems.append(f"there is a C2PA manifest, which cannot be checked: {credentials.HOW_TO_INSTALL}")
        return
    try:
        report.c2pa = credentials.read(file, carrier)
    except ValueError as error:
        report.problems.append(f"the C2PA manifest cannot be read: {error}")
        return
    if not report.c2pa.holds:
        reasons = ", ".join(report.c2pa.failures) or "no reason given"
        report.problems.append(f"the C2PA manifest does not fit the file, one of them was changed: {reasons}")


def _read_sidecar(report: Report, file: Path) -> None:
    found = find_sidecar(file)
    if found is None:
        return
    report.sidecar_file = found.name
    try:
        report.sidecar = read_sidecar(found)
    except (OSError, ValueError) as error:
        report.problems.append(f"{found.name} cannot be read: {error}")
        return
    if sha256_of(file) not in report.sidecar.outputs.values():  # whatever both are called by now
        report.problems.append(f"{found.name} speaks of another file, or the file was changed: its SHA-256 differs")
    if not report.sidecar.graph_holds():
        report.problems.append(f"{found.name} was changed: its graph does not fit the graph's digest")
    if report.xmp and report.xmp.digest and report.xmp.digest != report.sidecar.graph.sha256:
        report.problems.append(f"the XMP and {found.name} name two different graphs")


def _xmp_lines(xmp: Xmp) -> list[str]:
    if not xmp.source_type:
        made = f" (made by {xmp.software})" if xmp.software else ""
        return [f"XMP{made}: says nothing about how the picture came to be"]
    lines = ["XMP: a note that anybody can write, change or remove", f"  {_meaning(xmp.source_type)}"]
    lines += [f'  "{xmp.statement}"'] if xmp.statement else []
    lines += [f"  by {xmp.software}" + (f", {xmp.made_at}" if xmp.made_at else "")] if xmp.software else []
    lines += [f"  graph {xmp.graph}, SHA-256 {xmp.digest[:16]}..."] if xmp.graph else []
    return lines + ([f"  models: {', '.join(xmp.models)}"] if xmp.models else [])


def _c2pa_lines(found: Credentials) -> list[str]:
    if not found.holds:
        head = "C2PA: a manifest that does not fit this file"
    elif found.own_key:
        head = "C2PA: signed with the key that dlc made for you on this machine, unchanged since"
    else:
        head = "C2PA: signed, and unchanged since; who signed it is not vouched for by anybody dlc knows"
    lines = [head, f"  signer: {found.signer or 'unknown'}", f"  by {found.software}"]
    lines += [f"  {_meaning(source_type)}" for source_type in found.source_types]
    lines += [f"  {action}" for action in found.actions]
    return lines + ([f"  made from: {', '.join(found.ingredients)}"] if found.ingredients else [])


def _sidecar_lines(sidecar: Sidecar, name: str) -> list[str]:
    whole = "" if sidecar.complete else ", broken off"
    of = f" of {sidecar.input_frames}" if sidecar.input_frames else ""
    models = ", ".join(f"{name} ({model.licence})" if model else name for name, model in sidecar.models.items())
    lines = [f"{name}: the graph as it ran, unsigned", f"  {_meaning(sidecar.digital_source_type)}"]
    lines += [f"  by {sidecar.software}, {sidecar.made_at}, {sidecar.frames}{of} frames{whole}"]
    lines += [f"  graph {sidecar.graph.name}, SHA-256 {sidecar.graph.sha256[:16]}..."]
    lines += [f"  made from: {', '.join(item.name for item in sidecar.inputs)}"] if sidecar.inputs else []
    return lines + ([f"  models: {models}"] if models else [])


def _meaning(source_type: str) -> str:
    """Returns what a digital source type means, with its name."""
    word = source_type.replace("https://", "http://").removeprefix(NEWSCODES)
    meaning = _MEANINGS.get(word)
    return f"{meaning} ({word})" if meaning else source_type
