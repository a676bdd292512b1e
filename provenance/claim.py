"""What dlc claims of a file that it writes, once, for all the ways in which it is written down."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from models.cards import Card, load_card
from runtime.errors import ModelError
from runtime.facts import NodeFacts, RunFacts
from runtime.version import VERSION

NEWSCODES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COMPOSITE = NEWSCODES + "composite"
EDITED_BY_MODEL = NEWSCODES + "compositeWithTrainedAlgorithmicMedia"

_LOOKING = frozenset({"detect", "landmarks", "identity", "mask"})
"""Tasks of networks that look at pictures and make none."""

SWAPPED = "Faces in this picture or video were swapped with dlc: whoever is seen here may be somebody else."
ALTERED = "This picture or video was altered with dlc."


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a file.

    Attributes:
        statement: for people.
        source_type: IPTC's word for it, a URI of the NewsCodes "digital source type".
        software: name and version of dlc.
        graph, digest: the graph's name, and the SHA-256 of it as it ran.
        models: the networks that took part.
        made_at: UTC, ISO 8601.
    """

    statement: str
    source_type: str
    software: str
    graph: str
    digest: str
    models: tuple[str, ...]
    made_at: str


def claim_of(facts: RunFacts) -> Claim | None:
    """Returns the claim for what a graph writes; None when none of its nodes makes or changes a picture."""
    changing = [node for node in facts.nodes if node.role == "node" and {"Frame", "Patches"} & set(node.gives)]
    if not changing:
        return None
    models = tuple(sorted({model for node in facts.nodes for model in node.models}))
    return Claim(
        statement=SWAPPED if any("Patches" in node.gives for node in changing) else ALTERED,
        source_type=source_type(models),
        software=f"dlc {VERSION}",
        graph="".join(char for char in facts.graph if char.isprintable()),  # XML takes no others
        digest=digest_of(facts.graph, facts.mode, described(facts.nodes)),
        models=models,
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def source_type(models: tuple[str, ...]) -> str:
    """Returns IPTC's digital source type.

    A network that makes pixels (a swapper, an enhancer) is a trained generator, so the file was edited by one. The mesh
    warp generates nothing: it bends one picture and puts it into another, a composite. IPTC's `compositeCapture` would
    claim that both were captured from life, which nobody here can know.
    """
    return COMPOSITE if all(_looks_only(model) for model in models) else EDITED_BY_MODEL


def card_of(model: str) -> Card | None:
    """Returns a model's card, or None for one without."""
    try:
        return load_card(model)
    except ModelError:
        return None


def described(nodes: tuple[NodeFacts, ...]) -> dict[str, dict[str, object]]:
    """Returns the nodes as a graph file would have them, with every setting."""
    return {node.name: {"type": node.type, "in": dict(node.inputs), **node.settings} for node in nodes}


def digest_of(graph: str, mode: str, nodes: dict[str, dict[str, object]]) -> str:
    """Returns the SHA-256 of a graph as it ran: of its JSON with sorted keys and no spaces."""
    text = json.dumps({"name": graph, "mode": mode, "nodes": nodes}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _looks_only(model: str) -> bool:
    card = card_of(model)
    return card is not None and card.task in _LOOKING
