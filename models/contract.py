"""What a model file takes and gives, read without running it, and whether that is what a card says.

A file from outside is hostile until proven: it is parsed as data only, with a limit, and may not name other files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.cards import Card, Dims, dims_in
from runtime.errors import ModelError

LARGEST = 2 << 30
"""Bytes: an ONNX file is one protobuf message, and those end at 2 GiB."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Names and shapes of a network's inputs and outputs, in the order of the file; a shape may be unknown."""

    inputs: Mapping[str, Dims | None]
    outputs: Mapping[str, Dims | None]

    def __str__(self) -> str:
        return f"takes {_listed(self.inputs)} and gives {_listed(self.outputs)}"


def sha256_of(path: Path) -> str:
    """Returns a file's SHA-256."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def contract_of(path: Path) -> Contract:
    """Reads a file's contract; raises `ModelError` for what is no ONNX model or keeps its weights elsewhere."""
    return contract_in(content_of(path), path)


def content_of(path: Path) -> bytes:
    """Returns a file's bytes; raises `ModelError` where there is none, or where it is too large to be a model."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ModelError(f"{path}: has {size} bytes, and an ONNX file ends at {LARGEST}: it is another file")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from error


def contract_in(content: bytes, path: Path) -> Contract:
    """Returns the contract in the bytes of a file, as `contract_of` does; `path` is for messages."""
    import onnx  # noqa: PLC0415  # takes 0.2 s, and only models from outside need it
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError) as error:
        raise ModelError(f"{path}: is no ONNX model, or a damaged one; get it again") from error
    if not model.graph.output:
        raise ModelError(f"{path}: is no ONNX model: it has no outputs; get it again")
    if outside := sorted({_location(tensor) for tensor in _tensors(model.graph) if tensor.data_location == 1}):
        raise ModelError(f"{path}: keeps its weights in other files ({', '.join(outside)}): save it as one file")
    weights = {tensor.name for tensor in model.graph.initializer}
    return Contract(
        {item.name: _dims(item) for item in model.graph.input if item.name not in weights},
        {item.name: _dims(item) for item in model.graph.output},
    )


def difference(contract: Contract, card: Card) -> str | None:
    """Returns what a file has that its card does not say, or None where they agree as far as the card knows."""
    wanted: dict[str | None, Dims | None] = {name: dims_in(text) for name, text in card.more_inputs.items()}
    if card.input:
        wanted[card.input.name] = card.input.dims
    wanted |= {name: dims_in(text) for name, text in card.optional_inputs.items() if name in contract.inputs}
    if not _agree(wanted, contract.inputs):
        return f"it takes {_listed(contract.inputs)}, its card says {_listed(wanted)}"
    given = [dims_in(text) for text in card.outputs.values()]
    exact = card.output_names == "exact"
    if exact and list(contract.outputs) != list(card.outputs):
        return f"it gives {', '.join(contract.outputs)}, its card says {', '.join(card.outputs)}"
    if len(contract.outputs) < len(given) or not all(map(_fits, given, contract.outputs.values())):
        return f"it gives {_listed(contract.outputs)}, its card says {_listed(dict(zip(card.outputs, given)))}"  # noqa: B905
    return None


def _agree(wanted: Mapping[str | None, Dims | None], found: Mapping[str, Dims | None]) -> bool:
    """Whether inputs agree in number, and each named one in shape; the nameless one is the one that is left."""
    if len(wanted) != len(found):
        return False
    left = [name for name in found if name not in wanted]
    pairs = [(dims, name or next(iter(left), "")) for name, dims in wanted.items()]
    return all(name in found and _fits(dims, found[name]) for dims, name in pairs)


def _fits(wanted: Dims | None, found: Dims | None) -> bool:
    if wanted is None or found is None:
        return True
    sides = zip(wanted, found, strict=False)
    return len(wanted) == len(found) and all(isinstance(a, str) or isinstance(b, str) or a == b for a, b in sides)


def _dims(item: Any) -> Dims | None:
    kind = item.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return tuple(side.dim_value if side.HasField("dim_value") else side.dim_param or "?" for side in kind.shape.dim)


def _tensors(graph: Any) -> Iterator[Any]:
    """Yields all tensors of a graph, those in the attributes of its nodes included, at any depth."""
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for inner in (attribute.g, *attribute.graphs):
                yield from _tensors(inner) if inner.node else ()


def _location(tensor: Any) -> str:
    return next((entry.value for entry in tensor.external_data if entry.key == "location"), "?")


def _listed(shapes: Mapping[Any, Dims | None]) -> str:
    return ", ".join(_shaped(name, dims) for name, dims in shapes.items())


def _shaped(name: str | None, dims: Dims | None) -> str:
    sides: Iterable[object] = ("...",) if dims is None else dims
    return f"{name or 'a picture'} [{', '.join(map(str, sides))}]"
