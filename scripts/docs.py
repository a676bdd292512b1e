#!/usr/bin/env python3
"""Writes the generated parts of the documentation anew: files that it shows; tables of keys, node types, codes, models.

A part stands between `<!-- WHAT -->` and `<!-- end -->`. WHAT is `file: PATH`, or one of the tables below.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import nodes  # noqa: E402
from models.cards import Card, Task, cards  # noqa: E402
from runtime.codes import Explanations  # noqa: E402
from runtime.graph_schema import graph_schema  # noqa: E402
from runtime.help import SettingHelp, help_of  # noqa: E402
from runtime.keys import GRAPH_KEYS, NODE_KEYS  # noqa: E402
from runtime.schema import NodeText  # noqa: E402
from runtime.setting_schema import model_schemas  # noqa: E402
from runtime.signature import spec_of  # noqa: E402
from runtime.table import NodeTable  # noqa: E402
from runtime.tui.keys import key_table  # noqa: E402
from runtime.words import words  # noqa: E402

PART = re.compile(r"^<!-- (?!end)(.+?) -->\n.*?^<!-- end -->\n", re.MULTILINE | re.DOTALL)
LANGUAGES = {".py": "python", ".yaml": "yaml"}


def written_anew() -> Iterator[tuple[Path, str]]:
    """Yields each page, and its text as it should be."""
    table = NodeTable(spec_of(definition) for definition in nodes.DEFINITIONS)
    tables: Mapping[str, Callable[[], str]] = {
        "graph keys": lambda: _keys({**graph_schema(table)["properties"], "nodes": {"type": "object"}}, GRAPH_KEYS),
        "node keys": lambda: _keys(model_schemas(NodeText, list(NODE_KEYS)).fields, NODE_KEYS),
        "node types": lambda: "\n".join(_node_type(name, table) for name in table),
        "codes": _codes,
        "models": _models,
        "dashboard keys": key_table,
    }
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]):
        text = page.read_text(encoding="utf-8")
        yield page, PART.sub(lambda part: f"<!-- {part[1]} -->\n{_made(part[1], tables)}<!-- end -->\n", text)


def _made(what: str, tables: Mapping[str, Callable[[], str]]) -> str:
    name, colon, path = what.partition(": ")
    if not colon:
        return tables[what]()
    shown = (ROOT / path).read_text(encoding="utf-8")
    if name != "file":
        raise ValueError(f"a page asks for {what!r}, which is nothing that can be made")
    return f"```{LANGUAGES[Path(path).suffix]}\n{shown}```\n"


def _keys(schemas: Mapping[str, Any], helps: Mapping[str, str]) -> str:
    rows = ([f"`{key}`", words(schemas[key], {}), text] for key, text in helps.items())
    return _table(["key", "takes", ""], rows)


def _node_type(name: str, table: NodeTable) -> str:
    told = help_of(table[name], table)
    takes = ", ".join(f"{port.name}: {port.kind}" for port in told.ports) or "nothing"
    gives = ", ".join(output.kind for output in told.outputs) or "nothing"
    rows = (_setting(setting) for setting in told.settings)
    body = _table(["setting", "takes", "default", "changes", ""], rows) if told.settings else ""
    return f"### {name}\n{told.summary} Takes {takes}; gives {gives}.\n\n{body}"


def _setting(setting: SettingHelp) -> list[str]:
    return [f"`{setting.name}`", setting.type, f"`{setting.default_text}`", setting.changes, setting.help]


def _codes() -> str:
    rows = ([f"`{code}`", code.severity, text.means] for code, text in Explanations().of.items())
    return _table(["code", "", "means"], rows)


def _models() -> str:
    headings = ["model", "for", "commerce", "licence", "MB", "needs", "proven"]
    order = {task: index for index, task in enumerate(get_args(Task))}
    chosen = sorted(cards(), key=lambda card: (order[card.task], card.name))
    return _table(headings, (_model(card) for card in chosen))


def _model(card: Card) -> list[str]:
    sizes = [file.bytes for file in card.files]
    size = "?" if None in sizes else f"{sum(size or 0 for size in sizes) / 1e6:.1f}"
    proven = "bundled" if card.bundled else "yes" if card.proven else "not yet"
    needs = ", ".join(f"`{need}`" for need in card.needs)
    return [f"`{card.name}`", card.task, card.licence.commercial, card.licence.name, size, needs, proven]


def _table(headings: list[str], rows: Iterable[list[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    for file, content in written_anew():
        file.write_text(content, encoding="utf-8")
