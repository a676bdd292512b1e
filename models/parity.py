"""Compares two networks that should answer alike, on crops of the demo faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from models.analyse import analyse
from models.cards import Card
from models.onnx_session import OnnxSession
from models.proof import random_inputs
from runtime.errors import ModelError
from runtime.node import Models

Array = npt.NDArray[Any]

MARGIN = 1.3
"""Side of a crop, in sides of the face's box."""


class Parity(NamedTuple):
    """How far an output is from the reference's.

    Attributes:
        largest, mean: absolute difference, in the output's own unit.
        reach: the largest absolute value of the reference's output, to which these relate.
        cosine: the smallest between the two, each taken as one vector.
    """

    output: str
    largest: float
    mean: float
    reach: float
    cosine: float


def compare(reference: OnnxSession, other: OnnxSession, pictures: Sequence[Array], card: Card | None) -> list[Parity]:
    """Returns for each output how far a network is from the reference, over all pictures.

    Args:
        reference: the network that is right.
        other: the one that should answer like it.
        pictures: crops of faces, uint8 [N, N, 3] BGR.
        card: says how the network takes a picture; None: RGB, 0 to 1.
    """
    pairs: list[list[tuple[Array, Array]]] = [[] for _ in reference.outputs]
    for arrays in _inputs(reference, pictures, card):
        for pair, a, b in zip(pairs, reference.run(*arrays), other.run(*arrays), strict=True):
            pair.append((a.astype(np.float64), b.astype(np.float64)))
    return [_judged(item.name, pair) for item, pair in zip(reference.outputs, pairs, strict=True)]


def demo_faces(models: Models, folder: Path) -> list[Array]:
    """Returns square crops around the faces of the demo portraits."""
    crops = []
    for path in sorted(folder.glob("source_*.jpg")):
        image = cv2.imread(str(path))
        if image is not None:
            faces = analyse(image, models)
            crops += [_crop(image, face.box) for face in faces]
    if not crops:
        raise ModelError(f"{folder}: the demo portraits source_*.jpg are not here; install dlc again")
    return crops


def _judged(name: str, pairs: Sequence[tuple[Array, Array]]) -> Parity:
    differences = [np.abs(a - b) for a, b in pairs]
    return Parity(
        name,
        max(float(item.max()) for item in differences),
        float(np.mean([item.mean() for item in differences])),
        max(float(np.abs(a).max()) for a, _ in pairs),
        min(float(np.vdot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b) or 1)) for a, b in pairs),
    )


def _inputs(session: OnnxSession, pictures: Sequence[Array], card: Card | None) -> Iterator[list[Array]]:
    """Yields values for all inputs: each picture for the one that takes pictures, noise for the others."""
    random = np.random.default_rng(0)
    for picture in pictures:
        arrays = random_inputs(session.inputs, random, centred=True)
        for name, noise in arrays.items():
            if noise.ndim == 4 and 3 in (noise.shape[1], noise.shape[3]):
                arrays[name] = _tensor(picture, noise, card)
        yield list(arrays.values())


def _tensor(picture: Array, like: Array, card: Card | None) -> Array:
    """Returns a picture as a network takes it, in the shape and type of `like`."""
    channels_first = like.shape[1] == 3
    height, width = like.shape[2:] if channels_first else like.shape[1:3]
    values = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    taken = card.input if card else None
    if taken is None or taken.color == "RGB":
        values = values[..., ::-1]
    mean, std = (taken.mean, taken.std) if taken else ((0, 0, 0), (255, 255, 255))
    values = (values - np.float32(mean)) / np.float32(std)
    values = values.transpose(2, 0, 1) if channels_first else values
    return np.ascontiguousarray(np.broadcast_to(values, like.shape), like.dtype)


def _crop(image: Array, box: Array) -> Array:
    centre, side = (box[:2] + box[2:]) / 2, float(np.max(box[2:] - box[:2])) * MARGIN
    size = max(1, round(side))
    return cv2.getRectSubPix(image, (size, size), tuple(map(float, centre)))
