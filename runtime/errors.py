"""Every error that dlc raises, in one tree.

    DlcError                    exit code 1 unless noted
    ├── ConfigurationError      the user's graph, settings or arguments are wrong (exit code 2)
    │   ├── GraphError          one or more diagnostics about a graph file
    │   └── NodeDefinitionError a node's signature breaks the contract; names its file and line
    ├── ModelError              a model file or card is missing, broken or not what it says
    ├── StreamError             a source cannot be opened or read, or a sink cannot be written
    └── RunError                something failed while frames were flowing
        ├── NodeError           a node raised; carries node and frame number
        ├── ContractError       a node answered with something that its signature does not allow
        └── MemoryCeilingError  the buffers in use would pass `max_memory`

A message says what happened, where, and what to do about it.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtime.diagnostics import Diagnostic


class DlcError(Exception):
    """Base of everything that dlc raises on purpose."""

    exit_code = 1


class ConfigurationError(DlcError):
    """The graph, a setting or an argument is wrong; nothing has run."""

    exit_code = 2


class GraphError(ConfigurationError):
    """A graph does not check; carries every diagnostic that was found."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(diagnostic) for diagnostic in self.diagnostics))


class NodeDefinitionError(ConfigurationError):
    """A node's signature does not follow the contract of `runtime.node`.

    Attributes:
        message: what is wrong with it.
        file, line: of the definition; an empty name when it has no source.
    """

    def __init__(self, message: str, where: str) -> None:
        self.message = message
        file, _, line = where.rpartition(":")
        self.file, self.line = (file, int(line)) if line.isdecimal() else ("", 1)
        super().__init__(f"{where}: {message}")


class ModelError(DlcError):
    """A model or its card is missing, broken, or not what the card says."""


class StreamError(DlcError):
    """A source cannot be opened or read, or a sink cannot be opened or written."""


class RunError(DlcError):
    """Something failed while frames were flowing."""


class NodeError(RunError):
    """A node raised on a frame.

    The original exception is the `__cause__`.
    """

    def __init__(self, node: str, seq: int, message: str) -> None:
        self.node = node
        self.seq = seq
        super().__init__(f"node {node!r}, frame {seq}: {message}")

    @staticmethod
    def of(error: BaseException, node: str, seq: int) -> NodeError:
        """Returns what a node raised as an error of that node, with the original as its cause."""
        wrapped = NodeError(node, seq, described(error))
        wrapped.__cause__ = error
        return wrapped


def described(error: BaseException) -> str:
    """Returns what was raised and where; dlc's own errors speak for themselves."""
    if isinstance(error, DlcError):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = "".join(f" ({Path(frame.filename).name}:{frame.lineno})" for frame in last)
    return f"{in_words(error)}{place}"


class ContractError(RunError):
    """A node's answer does not fit its signature."""


class MemoryCeilingError(RunError):
    """A buffer was asked for that would pass the graph's `max_memory`."""


def in_words(error: BaseException) -> str:
    """Returns what sort of exception it is and its message, if it can give one: a node's may fail even at that."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - whatever it raises, the first error is the one to tell of
        message = "(no message)"
    return ": ".join(filter(None, (type(error).__name__, message)))
