"""Reads the nodes of a plug-in file, and says what is wrong with it at its own line."""

from __future__ import annotations

import contextlib
import importlib.util
import linecache
import sys
import traceback
from pathlib import Path
from types import ModuleType

from runtime.codes import Code
from runtime.diagnostics import Diagnostic, Mark, shortened
from runtime.document import Document
from runtime.errors import GraphError, NodeDefinitionError
from runtime.node import NodeSpec
from runtime.settings import is_file
from runtime.signature import specs_of_module

_CONTENT = "__dlc_content__"
"""Under which name a plug-in's module keeps what it was made from."""


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
    if spec is None or spec.loader is None or not is_file(file):
        raise GraphError([_missing(file, mark)])
    content = _content(file)
    if unchanged := _unchanged(name, file, content):
        return specs_of_module(unchanged)
    module = importlib.util.module_from_spec(spec)
    setattr(module, _CONTENT, (file, content))
    sys.modules[name] = module  # annotations are resolved through it
    linecache.checkcache(str(file))
    notes = (f"plug-in of {mark}",) if mark else ()
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what it prints must not mix with an answer in JSON
            spec.loader.exec_module(module)
        specs = specs_of_module(module)
    except NodeDefinitionError as error:
        place = mark_of_line(Path(error.file), error.line) if error.file else mark
        raise GraphError([Diagnostic(Code.NODE_DEFINITION, error.message, place, notes=notes)]) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        message = f"plug-in cannot be imported: {type(error).__name__}: {_message(error)}"
        help_text = "import from `runtime`, as in: from runtime import Frame, node" if _of_dlc(error) else ""
        raise GraphError([Diagnostic(Code.PLUGIN_IMPORT, message, _fault(error, file), help_text, notes)]) from error
    if not specs:
        message = f"plug-in {file.name} defines no node"
        raise GraphError([Diagnostic(Code.PLUGIN_WITHOUT_NODES, message, mark, "put @node above a function or class")])
    return specs


def plugin_files(folder: Path, document: Document) -> list[Path]:
    """Returns the files that a graph's `plugins` name; those from the command line start at the working directory."""
    named = document.data.get("plugins")
    marks = [
        (document.mark(("plugins", index)), name) for index, name in enumerate(named if isinstance(named, list) else [])
    ]
    return [
        ((Path.cwd() if mark and mark.label else folder) / name).resolve()
        for mark, name in marks
        if isinstance(name, str)
    ]


def _unchanged(name: str, file: Path, content: bytes | None) -> ModuleType | None:
    """Returns the module that was made of the same file: its nodes stay those of a running graph that is read again."""
    known = sys.modules.get(name)
    return known if content and getattr(known, _CONTENT, None) == (file, content) else None


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None  # importing it says why


def _missing(file: Path, mark: Mark | None) -> Diagnostic:
    start = (
        "`plugins` start at the graph file"
        if mark and not mark.label
        else "the command line start at the working directory"
    )
    help_text = f"paths in {start}"
    message = f"there is no plug-in {shortened(file)}"
    if file.is_dir():
        message, help_text = f"{file} is a folder", "name the Python files in it"
    elif is_file(file):
        message, help_text = f"{file.name} is no Python file", "plug-ins are files with the suffix .py"
    return Diagnostic(Code.MISSING_PLUGIN, message, mark, help_text)


def _of_dlc(error: BaseException) -> bool:
    return isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "dlc"


def _message(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "it ends the program"
    return error.msg if isinstance(error, SyntaxError) else str(error)


def _fault(error: BaseException, file: Path) -> Mark:
    """Returns the line of the plug-in at which it failed."""
    if isinstance(error, SyntaxError) and error.filename == str(file):
        line, column = error.lineno or 1, error.offset or 1
        end = error.end_offset if error.end_lineno == line and error.end_offset else column + 1
        text = linecache.getline(str(file), line).rstrip("\n")
        return Mark(file, line, column, max(1, end - column), text)
    frames = traceback.extract_tb(error.__traceback__)
    return mark_of_line(file, next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == str(file)), 1))


def mark_of_line(file: Path, line: int) -> Mark:
    """Returns a whole line of a file."""
    text = linecache.getline(str(file), line).rstrip("\n")
    column = len(text) - len(text.lstrip()) + 1
    return Mark(file, line, column, max(1, len(text.strip())), text)
