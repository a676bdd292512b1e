"""Draws diagnostics for people: place, source line, carets and help; and as data for programs."""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from runtime.diagnostics import Diagnostic, Mark

WIDTH = 80
"""Columns where nobody says how many there are."""

_TAB = "    "
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Style:
    """How wide a text may be, whether it is coloured, and whether headlines stay one line, with files by name only."""

    width: int = WIDTH
    colour: bool = False
    whole: bool = False

    @staticmethod
    def of(out: TextIO | None, environment: Mapping[str, str] = os.environ) -> Style:
        """Returns what suits an output: colour on a terminal only, and not where NO_COLOR is set (no-color.org)."""
        if out is None or not out.isatty():
            return Style()
        plain = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
        return Style(max(40, shutil.get_terminal_size((WIDTH, 24)).columns), not plain)

    def paint(self, text: str, look: str) -> str:
        """Returns text between the escape sequences of a look, or as it is."""
        return f"\x1b[{_LOOKS[look]}m{text}\x1b[0m" if self.colour else text


FOR_DASHBOARDS = Style(whole=True)
"""They break lines themselves, and show the first one where there is room for no more."""

_LOOKS = {"error": "1;31", "warning": "1;33", "note": "36", "gutter": "34"}


def report(diagnostics: Iterable[Diagnostic], style: Style = Style()) -> str:
    """Returns all diagnostics, and how many there are."""
    items = list(diagnostics)
    return "\n".join([*(render(item, style) for item in items), summary(items)])


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """Returns how many errors and warnings there are."""
    severities = [item.severity for item in diagnostics]
    counts = (_counted(severities.count(name), name) for name in ("error", "warning"))
    return ", ".join(count for count in counts if count) or "no errors"


def render(diagnostic: Diagnostic, style: Style = Style()) -> str:
    """Returns one diagnostic as lines no wider than the style asks for; only a long word may be."""
    lines = [_headline(diagnostic, style)]
    mark = diagnostic.mark
    rest = diagnostic.help
    gutter = " " * 5
    if mark is not None and mark.text:
        number = "" if mark.label else str(mark.line)
        gutter = " " * max(5, len(number) + 3)
        text, start, length = _window(mark, style.width - len(gutter) - 3)
        carets = style.paint("^" * length, diagnostic.severity)
        fits = len(gutter) + 3 + start + length + 1 + len(rest) <= style.width
        beside = f" {rest}" if rest and fits else ""
        rest = "" if beside else rest
        bar = style.paint("|", "gutter")
        lines.append(f"{style.paint(f'{number:>{len(gutter)}}', 'gutter')} {bar} {text}".rstrip())
        lines.append(f"{gutter} {bar} {' ' * start}{carets}{beside}")
    lines += _remark("help", rest, gutter, style)
    for note in diagnostic.notes:
        lines += _remark("note", note, gutter, style)
    return "\n".join(lines)


def as_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """Returns a diagnostic as plain values, for JSON; line and columns from 1, `end_column` behind the last one."""
    mark = diagnostic.mark
    place = {
        "file": str(mark.file) if mark and mark.file else None,
        "line": mark.line if mark and not mark.label else None,
        "column": mark.column if mark else None,
        "end_column": mark.column + mark.length if mark else None,
        "option": f"{mark.label} {mark.text}" if mark and mark.label else None,
    }
    return {
        "code": str(diagnostic.code), "severity": diagnostic.severity, "message": diagnostic.message,
        "help": diagnostic.help, "notes": list(diagnostic.notes), **place,
    }  # fmt: skip


def _headline(diagnostic: Diagnostic, style: Style) -> str:
    mark = diagnostic.mark
    place = "" if mark is None else f"{mark.brief}: " if style.whole else f"{mark}: "
    kind = f"{diagnostic.severity}[{diagnostic.code}]"
    text = f"{place}{kind}: {diagnostic.message}"
    text = text if style.whole else _wrapped(text, style.width, _INDENT)
    return text.replace(kind, style.paint(kind, diagnostic.severity), 1)


def _remark(label: str, text: str, gutter: str, style: Style) -> list[str]:
    if not text:
        return []
    lead = f"{gutter} = {label}: "
    body = _wrapped(text, style.width - len(lead), "").splitlines()
    painted = f"{gutter} {style.paint('=', 'gutter')} {style.paint(label, 'note')}: "
    return [painted + body[0], *(" " * len(lead) + line for line in body[1:])]


def _wrapped(text: str, width: int, indent: str) -> str:
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _window(mark: Mark, width: int) -> tuple[str, int, int]:
    """Returns the part of the line that fits around the mark, and where in it the carets begin, and how many."""
    marked = mark.text[mark.column - 1 : mark.column - 1 + mark.length]
    before, after = mark.text[: mark.column - 1], mark.text[mark.column - 1 + mark.length :]
    before, marked, after = (part.replace("\t", _TAB) for part in (before, marked, after))
    room = max(8, width)
    if _columns(marked) > room - 2:
        marked, after = marked[: room - 3] + "…", ""
    while before and _columns(before) + _columns(marked) > room - 1:
        before = "…" + before.lstrip("…")[1:] if len(before.lstrip("…")) > 1 else ""
    spare = room - _columns(before) - _columns(marked)
    if _columns(after) > spare:
        after = after[: max(0, spare - 1)] + "…"
    return before + marked + after, _columns(before), max(1, _columns(marked))


def _columns(text: str) -> int:
    """Returns how many columns a terminal needs for a text."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _counted(number: int, noun: str) -> str:
    return "" if not number else f"{number} {noun}{'s' if number > 1 else ''}"
