"""The kinds of mistakes that a graph can have, by stable names, and what each of them means.

Explanations, with a wrong and a right example each, stand in `explanations.yaml` beside this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml

Severity = Literal["error", "warning"]


class Code(StrEnum):
    """A kind of mistake. Names do not change: scripts and search engines know them."""

    # the text
    UNREADABLE = "unreadable"
    TOO_LARGE = "too-large"
    ENCODING = "encoding"
    EMPTY = "empty"
    SYNTAX = "syntax"
    TAG = "tag"
    KEY_NOT_TEXT = "key-not-text"
    DUPLICATE_KEY = "duplicate-key"
    ALIAS_LOOP = "alias-loop"
    TOO_MANY_PARTS = "too-many-parts"
    TOO_DEEP = "too-deep"
    # the command line
    BAD_SET = "bad-set"
    NO_PARTS = "no-parts"
    NO_SUCH_END = "no-such-end"
    SEVERAL_ENDS = "several-ends"
    SET_TWICE = "set-twice"
    # shape and values
    SHAPE = "shape"
    NO_NODES = "no-nodes"
    NODE_NAME = "node-name"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    UNKNOWN_SETTING = "unknown-setting"
    MISSING_SETTING = "missing-setting"
    WRONG_TYPE = "wrong-type"
    OUT_OF_RANGE = "out-of-range"
    NOT_A_CHOICE = "not-a-choice"
    BAD_VALUE = "bad-value"
    MISSING_FILE = "missing-file"
    MISSING_FOLDER = "missing-folder"
    MISSING_MODEL = "missing-model"
    UNKNOWN_DEVICE = "unknown-device"
    MISSING_DEVICE = "missing-device"
    # plug-ins
    MISSING_PLUGIN = "missing-plugin"
    PLUGIN_IMPORT = "plugin-import"
    PLUGIN_WITHOUT_NODES = "plugin-without-nodes"
    NODE_DEFINITION = "node-definition"
    # nodes and edges
    UNKNOWN_TYPE = "unknown-type"
    UNKNOWN_NODE = "unknown-node"
    UNKNOWN_PORT = "unknown-port"
    UNKNOWN_OUTPUT = "unknown-output"
    WHICH_OUTPUT = "which-output"
    NO_OUTPUT = "no-output"
    KIND_MISMATCH = "kind-mismatch"
    MISSING_INPUT = "missing-input"
    AMBIGUOUS_INPUT = "ambiguous-input"
    UNUSED_INPUT = "unused-input"
    UNSUITED_INPUT = "unsuited-input"
    CYCLE = "cycle"
    NO_SOURCE = "no-source"
    NO_SINK = "no-sink"
    UNREACHABLE = "unreachable"
    # what the engine cannot do
    NOT_SWITCHABLE = "not-switchable"
    ON_ERROR = "on-error"
    SOURCE_KEYS = "source-keys"
    WORKERS = "workers"
    BATCH = "batch"
    RAW = "raw"
    DEVICE = "device"
    OVERWRITE = "overwrite"
    # what runs, but is hardly meant
    UNUSED_NODE = "unused-node"
    UNUSED_OUTPUT = "unused-output"
    UNGUARDED_SINK = "unguarded-sink"
    RAW_SINK = "raw-sink"
    LIVE_ONLY = "live-only"

    @property
    def severity(self) -> Severity:
        """Whether it keeps a graph from running."""
        return "warning" if self in _WARNINGS else "error"


_WARNINGS = frozenset({Code.UNUSED_NODE, Code.UNUSED_OUTPUT, Code.UNGUARDED_SINK, Code.RAW_SINK, Code.LIVE_ONLY})


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means.

    Attributes:
        means: a few sentences.
        wrong: a graph, a command line or a plug-in that has the mistake; empty where nothing can be shown.
        right: the same without it.
    """

    means: str
    wrong: str = ""
    right: str = ""


class Explanations:
    """The texts of `explanations.yaml`, read when they are asked for."""

    FILE = Path(__file__).with_name("explanations.yaml")

    @cached_property
    def of(self) -> dict[Code, Explanation]:
        """The explanation of each code, in the order of `Code`."""
        texts = yaml.safe_load(self.FILE.read_text(encoding="utf-8"))
        return {code: Explanation(**texts[code]) for code in Code}
