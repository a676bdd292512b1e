"""The node types that graphs may use: ours, those of installed packages, and those of a graph's plug-in files."""

from __future__ import annotations

import importlib.util
import logging
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from runtime.errors import ConfigurationError, NodeDefinitionError
from runtime.node import NodeSpec
from runtime.signature import specs_in

log = logging.getLogger("dlc")

ENTRY_POINTS = "dlc.nodes"
"""Group of the entry points through which packages offer modules with nodes."""


class NodeTable(Mapping[str, NodeSpec]):
    """Node types by name; immutable."""

    def __init__(self, specs: Iterable[NodeSpec]) -> None:
        self._specs: dict[str, NodeSpec] = {}
        for spec in specs:
            known = self._specs.setdefault(spec.name, spec)
            if known is not spec:
                raise NodeDefinitionError(f"{spec.where}: node type {spec.name!r} is already defined at {known.where}")

    def __getitem__(self, name: str) -> NodeSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def with_files(self, files: Iterable[Path]) -> NodeTable:
        """Returns this table and the nodes of plug-in files; raises `ConfigurationError` with the file and line."""
        added = [spec for file in files for spec in _specs_of_file(file)]
        return NodeTable([*self._specs.values(), *added])

    def with_entry_points(self) -> NodeTable:
        """Returns this table and the nodes of modules that installed packages offer."""
        modules = [module for entry in entry_points(group=ENTRY_POINTS) if (module := _loaded(entry))]
        return NodeTable([*self._specs.values(), *(spec for module in modules for spec in _own_specs(module))])


def _loaded(entry: EntryPoint) -> ModuleType | None:
    """Returns a package's module, or None, with a warning, when it cannot be imported: the others go on."""
    try:
        module = entry.load()
    except Exception as error:  # noqa: BLE001 - whatever a package raises at import
        log.warning("nodes of %s are left out, they cannot be imported: %s", entry.value, error)
        return None
    return module if isinstance(module, ModuleType) else None


def _own_specs(module: ModuleType) -> list[NodeSpec]:
    """Returns the nodes that a module defines, not those that it imports."""
    return specs_in(item for item in vars(module).values() if getattr(item, "__module__", None) == module.__name__)


def _specs_of_file(file: Path) -> list[NodeSpec]:
    name = f"dlc_plugin_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise ConfigurationError(f"plug-in {file} is no Python file; paths in `plugins` start at the graph file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are resolved through it
    try:
        spec.loader.exec_module(module)
    except NodeDefinitionError:
        raise
    except Exception as error:
        line = next(
            (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == str(file)), 1
        )
        raise ConfigurationError(
            f"{file}:{line}: plug-in cannot be imported: {type(error).__name__}: {error}"
        ) from error
    found = _own_specs(module)
    if not found:
        raise ConfigurationError(f"plug-in {file} defines no node: put @node above a function or class")
    return found
