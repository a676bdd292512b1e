"""Reads the nodes of a plug-in file, and says what is wrong with it at its own line."""

from __future__ import annotations

import importlib.util
import linecache
import sys
import traceback
from pathlib import Path

from runtime.codes import Code
from runtime.diagnostics import Diagnostic, Mark
from runtime.errors import GraphError, NodeDefinitionError
from runtime.node import NodeSpec
from runtime.signature import specs_of_module


def specs_of_file(file: Path, mark: Mark | None = None) -> list[NodeSpec]:
    """Returns the nodes that a Python file defines.

    Args:
        file: the plug-in.
        mark: where the graph names it.

    Raises:
        GraphError: it is not there, cannot be imported, defines no node, or one whose signature is wrong.
    """
    name = f"dlc_plugin_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        message = f"there is no plug-in {file}"
        raise GraphError([Diagnostic(Code.MISSING_PLUGIN, message, mark, "paths in `plugins` start at the graph file")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # annotations are resolved through it
    linecache.checkcache(str(file))
    notes = (f"plug-in of {mark}",) if mark else ()
    try:
        spec.loader.exec_module(module)
        specs = specs_of_module(module)
    except NodeDefinitionError as error:
        place = _at(Path(error.file), error.line) if error.file else mark
        raise GraphError([Diagnostic(Code.NODE_DEFINITION, error.message, place, notes=notes)]) from error
    except Exception as error:
        message = f"plug-in cannot be imported: {type(error).__name__}: {_message(error)}"
        raise GraphError([Diagnostic(Code.PLUGIN_IMPORT, message, _fault(error, file), notes=notes)]) from error
    if not specs:
        message = f"plug-in {file.name} defines no node"
        raise GraphError([Diagnostic(Code.PLUGIN_WITHOUT_NODES, message, mark, "put @node above a function or class")])
    return specs


def _message(error: Exception) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)


def _fault(error: Exception, file: Path) -> Mark:
    """Returns the line of the plug-in at which it failed."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        line, column = error.lineno or 1, error.offset or 1
        end = error.end_offset if error.end_lineno == line and error.end_offset else column + 1
        text = linecache.getline(str(file), line).rstrip("\n")
        return Mark(file, line, column, max(1, end - column), text)
    frames = traceback.extract_tb(error.__traceback__)
    return _at(file, next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == str(file)), 1))


def _at(file: Path, line: int) -> Mark:
    """Returns a whole line of a file."""
    text = linecache.getline(str(file), line).rstrip("\n")
    column = len(text) - len(text.lstrip()) + 1
    return Mark(file, line, column, max(1, len(text.strip())), text)
