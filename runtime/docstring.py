"""Takes a docstring apart: its first sentence, its prose, its `Settings:` and its examples. Knows nothing of nodes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Docstring:
    """What a docstring says.

    Attributes:
        summary: its first sentence.
        paragraphs: its prose, the first sentence included; sections and examples are left out. Only lists have lines.
        settings: what the section `Settings:` says of each name.
        examples: the indented blocks of the prose, dedented.
    """

    summary: str
    paragraphs: tuple[str, ...]
    settings: Mapping[str, str]
    examples: tuple[str, ...]


def read_docstring(text: str) -> Docstring:
    """Returns a docstring taken apart; an empty one has nothing in it."""
    prose: list[str] = []
    blocks: list[tuple[str, str]] = []  # heading, body; without a heading it is an example
    in_block = False
    for paragraph in re.split(r"\n[ \t]*\n", inspect.cleandoc(text)):
        head, _, body = paragraph.partition("\n")
        if paragraph[:1].isspace() or _MAPPING.fullmatch(head):
            heading, before = blocks.pop() if in_block and paragraph[:1].isspace() else ("", "")
            blocks.append((heading, f"{before}\n\n{paragraph}" if before else paragraph))
            in_block = True
        elif _HEADING.fullmatch(head) and body[:1].isspace():
            blocks.append((head.removesuffix(":"), body))
            in_block = True
        else:
            prose.append(paragraph)
            in_block = False
    return Docstring(
        summary=_SENTENCE_END.split(_joined(prose[0]))[0] if prose else "",
        paragraphs=tuple(_LINE_END.sub(" ", paragraph) for paragraph in prose if paragraph),
        settings={name: said for heading, body in blocks if heading == "Settings" for name, said in _entries(body)},
        examples=tuple(dedent(body) for heading, body in blocks if heading in ("", "Example", "Examples")),
    )


_HEADING = re.compile(r"[A-Z]\w*:")
_MAPPING = re.compile(r"[a-z]\w*:( *\{.*)?")  # YAML that lost its indentation, as no text below it is indented less
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
_LINE_END = re.compile(r"\n\s*+(?!- )")  # not before the next point of a list
_ENTRY = re.compile(r"^(\w+(?:, \w+)*): *", re.MULTILINE)


def _entries(body: str) -> list[tuple[str, str]]:
    """Returns name and text of each entry `name: text` or `name, name: text`, whose further lines are indented."""
    _, *parts = _ENTRY.split(dedent(body))
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [(name, _joined(said)) for names, said in pairs for name in names.split(", ")]


def _joined(text: str) -> str:
    return " ".join(text.split())
