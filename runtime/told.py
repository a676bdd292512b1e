"""What a node type tells of what it gives beside its kind, and what another one finds unsuitable in that.

Both are static methods that a node may have. A check of the graph asks them, so that what cannot work together is said
before anything runs.

    @staticmethod
    def gives(settings: Mapping[str, Any]) -> Mapping[str, Sequence[str]]: ...
    @staticmethod
    def check_inputs(settings: Mapping[str, Any], given: Given) -> Iterator[Unsuited]: ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Told:
    """What a node told of what comes along an edge.

    Attributes:
        words: what there may be, for example which scheme of landmarks; nothing of the kind where it is empty.
        node: the name of the node that told it, the last one that did.
    """

    words: tuple[str, ...]
    node: str


Given = Mapping[str, Told]
"""What is told of a node's inputs, by topic: `landmarks`, `identity`, `people`, or a plug-in's own.

What is not in it is not known: a node type that tells nothing may be upstream.
"""


class Unsuited(NamedTuple):
    """A setting that cannot work with what the node is given.

    Attributes:
        setting: the one that has to change.
        topic: of `Given` that it is about; empty where no other input would help.
        reason: why not.
        help: what to write.
    """

    setting: str
    topic: str
    reason: str
    help: str
