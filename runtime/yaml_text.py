"""YAML as graph files use it: our own resolvers, bounded aliases, and mistakes of syntax in plain words.

Only what a graph needs: mappings with text keys, lists, text, numbers, true and false. The traps of YAML 1.1 are off:
`16:9`, `on` and `yes` are text, `010` is 10, `1e5` is a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import yaml

from runtime.codes import Code

MAX_PARTS = 20_000
"""Keys and values that a text may have, aliases written out."""


class Loader(yaml.SafeLoader):
    """The safe loader with resolvers of our own.

    In Python, not C: graph files are small, and its marks are the ones that are wanted.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - yaml's own shape

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Returns a whole number; leading zeros and underscores mean nothing."""
        return int(str(self.construct_scalar(node)).replace("_", ""))

    def construct_yaml_float(self, node: yaml.ScalarNode) -> float:
        """Returns a number; underscores mean nothing."""
        return float(str(self.construct_scalar(node)).replace("_", ""))


Loader.add_constructor("tag:yaml.org,2002:int", Loader.construct_yaml_int)
Loader.add_constructor("tag:yaml.org,2002:float", Loader.construct_yaml_float)
for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", ["n", "~", ""]),
    ("int", r"[-+]?[0-9][0-9_]{0,17}", "-+0123456789"),  # 64 bits; longer ones are text
    ("float", r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9]+|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?", "-+0123456789."),
    ("merge", r"<<", "<"),
):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first))

TEXT = "tag:yaml.org,2002:str"
MERGE = "tag:yaml.org,2002:merge"


class Fault(NamedTuple):
    """Something that is wrong with a text; where it is, is a node or a mark of yaml's."""

    code: Code
    message: str
    at: yaml.Node | yaml.Mark | None
    help: str = ""
    notes: tuple[str, ...] = ()


class FaultyTextError(Exception):
    """A text that is no proper YAML; never leaves `runtime.document`."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__()


def load(text: str) -> tuple[Any, yaml.Node]:
    """Returns the data of a text and the node that it was made from, merge keys resolved in place."""
    if odd := _ODD_SPACE.search(text):
        fault = Fault(Code.SYNTAX, "a no-break space stands here", _mark_at(text, odd.end() - 1), "use a plain space")
        raise FaultyTextError([fault])
    try:
        loader = Loader(text)
        try:
            root = loader.get_single_node()
            if root is None:
                raise FaultyTextError([Fault(Code.EMPTY, "the graph file is empty", None)])
            _refuse_endless(root)
            if faults := _bad_keys(root):
                raise FaultyTextError(faults)
            return loader.construct_document(root), root
        finally:
            loader.dispose()
    except yaml.reader.ReaderError as error:
        what = f"character U+{error.character:04X}" if isinstance(error.character, int) else "a character"
        message = f"this is no YAML text: it holds {what}, which no text has"
        raise FaultyTextError([Fault(Code.SYNTAX, message, _mark_at(text, error.position))]) from error
    except yaml.MarkedYAMLError as error:
        raise FaultyTextError([_of_syntax(error)]) from error
    except RecursionError as error:
        raise FaultyTextError([Fault(Code.TOO_DEEP, "lists and mappings are nested too deeply", None)]) from error


_ODD_SPACE = re.compile("^[ ]*\u00a0|^[^\"'#\n]*[:{,]\u00a0", re.MULTILINE)
"""A space that YAML takes for a letter, where one is taken for a space; not on lines with quotes."""


def _mark_at(text: str, index: int) -> yaml.Mark:
    start = text.rfind("\n", 0, index) + 1
    return yaml.Mark("", index, text.count("\n", 0, index), index - start, None, 0)


def scalar(text: str) -> Any:
    """Returns the value of a text that is one plain scalar, whatever it looks like: `null:` and `a: b` are text."""
    loader = Loader("")
    tag = loader.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return loader.construct_object(yaml.ScalarNode(tag, text)) if text else ""


def _refuse_endless(root: yaml.Node) -> None:
    """Raises where an alias contains itself, or where aliases written out would be too large."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in open_nodes:
            raise FaultyTextError([Fault(Code.ALIAS_LOOP, "this value contains itself through an alias", node)])
        if id(node) not in sizes:
            open_nodes.add(id(node))
            sizes[id(node)] = 1 + sum(size(child) for child in _children(node))
            open_nodes.discard(id(node))
        return sizes[id(node)]

    if size(root) > MAX_PARTS:
        message = f"with its aliases written out this text has over {MAX_PARTS} parts"
        raise FaultyTextError([Fault(Code.TOO_MANY_PARTS, message, root)])


def _children(node: yaml.Node) -> Iterable[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return (part for pair in node.value for part in pair)
    return node.value if isinstance(node, yaml.SequenceNode) else ()


def _bad_keys(node: yaml.Node) -> list[Fault]:
    found: list[Fault] = []
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, yaml.Node] = {}
        for (_, before), (key, value) in zip([(None, None), *node.value], node.value, strict=False):
            if not isinstance(key, yaml.ScalarNode) or key.tag not in (TEXT, MERGE):
                found.append(Fault(Code.KEY_NOT_TEXT, "a key must be text", key, _for_odd_key(before, key)))
            elif key.value in seen and key.tag == TEXT:
                first = seen[key.value].start_mark.line + 1
                found.append(
                    Fault(
                        Code.DUPLICATE_KEY, f"key {key.value!r} stands here again", key, f"it is first on line {first}"
                    )
                )
            else:
                seen[key.value] = key
            found += _bad_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            found += _bad_keys(item)
    return found


def _for_odd_key(before: yaml.Node | None, key: yaml.Node) -> str:
    """Returns help for a key that is no text: quotes, unless it is the second half of a number with a comma."""
    number = "tag:yaml.org,2002:int"
    if before is not None and before.tag == number and key.tag == number:
        return f"a decimal point is a dot: write {before.value}.{key.value}"
    return "put it in quotes"


def _of_syntax(error: yaml.MarkedYAMLError) -> Fault:
    """Returns yaml's complaint in plain words, at the place where it is mended."""
    problem = str(error.problem or error.context or error)
    if isinstance(error, yaml.constructor.ConstructorError):
        tag = re.search(r"tag '(.+?)'", problem)
        if tag:
            name = tag[1].replace("tag:yaml.org,2002:", "!!")
            return Fault(Code.TAG, f"graph files know no tags, such as {name}", error.problem_mark, "leave it out")
    for pattern, message, help_text, at_context in _SYNTAX:
        if match := re.search(pattern, f"{error.context or ''} | {problem}"):
            at = error.context_mark if at_context else error.problem_mark
            opened = error.context_mark if not at_context and "flow" in str(error.context) else None
            notes = (f"it opens on line {opened.line + 1}, column {opened.column + 1}",) if opened else ()
            commented = opened and " #" in str(opened.buffer or "").split("\n")[opened.line]
            helps = "# begins a comment on the line where it opens: put it in quotes" if commented else help_text
            return Fault(Code.SYNTAX, message.format(*match.groups()), at or error.problem_mark, helps, notes)
    return Fault(Code.SYNTAX, problem, error.problem_mark or error.context_mark)


_SYNTAX: tuple[tuple[str, str, str, bool], ...] = (
    (r"quoted scalar \| found unexpected end", "the quote that opens here is never closed", "", True),
    (r"escape (?:character|sequence)", "\\ has a meaning in double quotes", "use single quotes, or / in paths", False),
    (r"expected ',' or '([\]}])', but got ':'", "a comma or the closing {0} is missing before this",
     "or is it text with a colon? that stands in quotes", False),
    (r"expected ',' or '([\]}])'", "a comma or the closing {0} is missing before this", "", False),
    (r"mapping values are not allowed", "this colon makes a key where none can stand",
     "put text with a colon in quotes, or look for a colon that is missing on the line above", False),
    (r"could not find expected ':'", "this line is no `key: value`", "a colon and a space are missing", True),
    (r"character '\\t'", "a tab stands where a line is indented", "use spaces", False),
    (r"character '`'", "text cannot begin with `", "put it in quotes, or remove the ``` of a copied block", False),
    (r"character '(.)' that cannot start", "text cannot begin with {0}", "put it in quotes", False),
    (r"expected <block end>, but found '(?:\?|<block mapping start>)'",
     "this line is indented differently from those above it", "lines of one block begin in the same column", False),
    (r"expected <block end>", "this fits nothing above it", "check the indentation and the brackets", False),
    (r"undefined alias '(.+)'", "there is no anchor &{0} before this alias", "", False),
    (r"duplicate anchor '(.+?)'", "the anchor &{0} is defined twice", "", False),
    (r"single document", "a second document begins here; a graph file has one", "remove the line `---`", False),
    (r"node content, but found '<stream end>'", "the text ends where a value should follow", "", False),
    (r"expected the node content", "a value is missing here", "", False),
)  # fmt: skip
"""Pattern of yaml's context and problem, our message and help, and whether it is mended where the context begins."""
