"""The node types that graphs may use: ours, those of installed packages, and those of a graph's plug-in files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Protocol

from runtime.codes import Code
from runtime.diagnostics import Diagnostic
from runtime.document import Document
from runtime.errors import GraphError, NodeDefinitionError
from runtime.node import NodeSpec
from runtime.plugins import mark_of_line, specs_of_file
from runtime.signature import specs_of_module

log = logging.getLogger("dlc")

ENTRY_POINTS = "dlc.nodes"
"""Group of the entry points through which packages offer modules with nodes."""


Lacking = Callable[[str], Sequence[str]]


class Fault(Protocol):
    """What keeps a device from being used: whether there is such a device at all, what to say, and what to do."""

    @property
    def exists(self) -> bool: ...  # noqa: D102  # said above
    @property
    def message(self) -> str: ...  # noqa: D102
    @property
    def help(self) -> str: ...  # noqa: D102


Unfit = Callable[[str], Fault | None]


class NodeTable(Mapping[str, NodeSpec]):
    """Node types by name; immutable.

    Args:
        specs: the node types.
        lacking: tells which models are not here, of one that a setting names and those that it needs.
        unfit: tells what keeps a device from being used here, by its name, or None.
    """

    def __init__(
        self, specs: Iterable[NodeSpec], lacking: Lacking = lambda _name: (), unfit: Unfit = lambda _name: None
    ) -> None:
        self.lacking = lacking
        self.unfit = unfit
        self._specs: dict[str, NodeSpec] = {}
        for spec in specs:
            known = self._specs.setdefault(spec.name, spec)
            if known is not spec:
                raise NodeDefinitionError(f"node type {spec.name!r} is already defined at {known.where}", spec.where)

    def __getitem__(self, name: str) -> NodeSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def with_files(self, files: Iterable[Path]) -> NodeTable:
        """Returns this table and the nodes of plug-in files; raises `ConfigurationError` with the file and line."""
        return self._with(spec for file in files for spec in specs_of_file(file))

    def with_plugins(
        self, folder: Path, plugins: Sequence[str], document: Document
    ) -> tuple[NodeTable, list[Diagnostic]]:
        """Returns this table with the nodes of a graph's plug-ins, and what is wrong with those that are left out."""
        table, found = self, list[Diagnostic]()
        for index, plugin in enumerate(plugins):
            mark = document.mark(("plugins", index))
            start = Path.cwd() if mark and mark.label else folder
            try:
                table = table._with(specs_of_file(start / plugin, mark))  # one of its own kind
            except GraphError as error:
                found += error.diagnostics
            except NodeDefinitionError as error:
                place = mark_of_line(Path(error.file), error.line)
                help_text = "give it another name"
                found.append(Diagnostic(Code.NODE_DEFINITION, error.message, place, help_text, (f"plug-in of {mark}",)))
        return table, found

    def with_entry_points(self) -> NodeTable:
        """Returns this table and the nodes of modules that installed packages offer."""
        modules = [module for entry in entry_points(group=ENTRY_POINTS) if (module := _loaded(entry))]
        return self._with(spec for module in modules for spec in specs_of_module(module))

    def _with(self, specs: Iterable[NodeSpec]) -> NodeTable:
        return NodeTable([*self._specs.values(), *specs], self.lacking, self.unfit)


def _loaded(entry: EntryPoint) -> ModuleType | None:
    """Returns a package's module, or None, with a warning, when it cannot be imported: the others go on."""
    try:
        module = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever a package raises at import
        log.warning("nodes of %s are left out, they cannot be imported: %s", entry.value, error)
        return None
    return module if isinstance(module, ModuleType) else None
