"""The sidecar: `OUT.dlc.json` beside an output, with everything that a file itself has no room for.

`docs/provenance.md` describes it for readers; `Sidecar.model_json_schema()` describes it for programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from provenance.claim import Claim, card_of, described, digest_of
from runtime.facts import RunFacts
from runtime.whole_file import write_whole

SUFFIX = ".dlc.json"
SCHEMA_VERSION: Literal[1] = 1
_LARGEST = 16 << 20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GraphPart(_Part):
    """The graph as it ran, with every setting; of paths only the file's name."""

    name: str
    mode: str
    sha256: str
    nodes: dict[str, dict[str, Any]]


class ModelPart(_Part):
    """A network that took part."""

    task: str
    licence: str
    commercial_use: str
    origin: str
    files: dict[str, str]


class InputPart(_Part):
    """A file that was read."""

    node: str
    name: str
    sha256: str


class Sidecar(_Part):
    """A sidecar file.

    `complete` is false for a run that was broken off; `frames` were written, of `input_frames` where the input told.
    `inputs` and `outputs` name files and their SHA-256.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    statement: str
    digital_source_type: str
    software: str
    made_at: str
    complete: bool
    frames: int
    input_frames: int | None
    graph: GraphPart
    models: dict[str, ModelPart | None]
    inputs: list[InputPart]
    outputs: dict[str, str]

    def graph_holds(self) -> bool:
        """Returns whether the graph is the one that its digest was taken of."""
        return digest_of(self.graph.name, self.graph.mode, self.graph.nodes) == self.graph.sha256


def sidecar_of(
    claim: Claim, facts: RunFacts, outputs: Mapping[str, str], frames: int, input_frames: int | None, *, complete: bool
) -> Sidecar:
    """Returns the sidecar of outputs; reads the inputs for their digests and raises `OSError`."""
    return Sidecar(
        statement=claim.statement,
        digital_source_type=claim.source_type,
        software=claim.software,
        made_at=claim.made_at,
        complete=complete,
        frames=frames,
        input_frames=input_frames,
        graph=GraphPart(name=facts.graph, mode=facts.mode, sha256=claim.digest, nodes=described(facts.nodes)),
        models={model: _model(model) for model in claim.models},
        inputs=[
            InputPart(node=node.name, name=file.name, sha256=sha256_of(file))
            for node in facts.nodes
            for file in node.files
            if file.is_file()
        ],
        outputs=dict(outputs),
    )


def write_sidecar(sidecar: Sidecar, output: Path) -> Path:
    """Writes a sidecar beside an output (a file, or the pattern of a series) and returns its name."""
    file = output.with_name(output.name + SUFFIX)
    write_whole(file, sidecar.model_dump_json(indent=2) + "\n")
    return file


def find_sidecar(output: Path) -> Path | None:
    """Returns the sidecar that speaks of a file: its own, or that of the series it belongs to."""
    own = output.with_name(output.name + SUFFIX)
    if own.is_file():
        return own
    others = (file for file in sorted(output.parent.glob(f"*%*{SUFFIX}")) if file.is_file())
    return next((file for file in others if _names(file, output.name)), None)


def read_sidecar(file: Path) -> Sidecar:
    """Returns a sidecar; raises `ValueError` when it is none, and `OSError`."""
    if file.stat().st_size > _LARGEST:
        raise ValueError(f"{file.name} is too large for a sidecar")
    try:
        return Sidecar.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}") from error


def sha256_of(file: Path) -> str:
    """Returns the SHA-256 of a file; raises `OSError`."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _names(file: Path, output: str) -> bool:
    try:
        return output in read_sidecar(file).outputs
    except (OSError, ValueError):
        return False


def _model(name: str) -> ModelPart | None:
    card = card_of(name)
    if card is None:
        return None
    return ModelPart(
        task=card.task,
        licence=card.licence.name,
        commercial_use=card.licence.commercial,
        origin=card.licence.origin,
        files={file.name: file.sha256 for file in card.files},
    )
