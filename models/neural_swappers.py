"""Neural swappers: aligned patches and a source person in, patches with that person's face out.

One adapter serves all families, because they differ only in what `FAMILIES` says of them. It keeps nothing from one
call to the next. How a source person becomes a row of numbers is `models/sources.py`'s work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.tensors import IMAGENET, SIGNED, UNIT, Pixels, run_rows
from runtime.kinds import Floats, Image
from runtime.node import Session

Source = Literal["mapped", "normed", "converted", "converted_normed", "picture"]


@dataclass(frozen=True, slots=True)
class Portrait:
    """The source picture that a family takes instead of an embedding: its alignment, its side, and its colours."""

    template: str
    size_px: int
    pixels: Pixels = UNIT


@dataclass(frozen=True, slots=True)
class Family:
    """What one kind of swapper wants.

    Attributes:
        template: alignment of its patches.
        size_px: side of its patches.
        takes: how it counts the colours of the patch that it is given.
        gives: how it counts those of its answer.
        source: the rule that makes its `source` input, see `models/sources.py`.
        portrait: of a family whose source is a picture, which.
        converter: the model that converts embeddings for it.
    """

    template: str
    size_px: int
    takes: Pixels
    gives: Pixels
    source: Source
    portrait: Portrait | None = None
    converter: str = ""


_INSWAPPER = Family("arcface_128", 128, UNIT, UNIT, "mapped")
_HYPERSWAP = Family("arcface_128", 256, SIGNED, SIGNED, "normed")
_GHOST = Family("arcface_112_v1", 256, SIGNED, SIGNED, "converted", converter="crossface_ghost")

FAMILIES: Mapping[str, Family] = {
    "inswapper_128": _INSWAPPER,
    "inswapper_128_fp16": _INSWAPPER,
    "hyperswap_1a_256": _HYPERSWAP,
    "hyperswap_1b_256": _HYPERSWAP,
    "hyperswap_1c_256": _HYPERSWAP,
    "simswap_256": Family("arcface_112_v1", 256, IMAGENET, UNIT, "converted_normed", converter="crossface_simswap"),
    "ghost_1_256": _GHOST,
    "ghost_2_256": _GHOST,
    "ghost_3_256": _GHOST,
    "blendswap_256": Family("ffhq_512", 256, UNIT, UNIT, "picture", Portrait("arcface_112_v2", 112)),
    "uniface_256": Family("ffhq_512", 256, SIGNED, SIGNED, "picture", Portrait("ffhq_512", 256)),
}
"""By model, as InsightFace (inswapper) and FaceFusion (the others) feed these files; all of them want RGB."""


class NeuralSwapper:
    """Swaps the faces of a frame in one run, where the file leaves the batch free.

    Args:
        session: the network, with the inputs `target` and `source`.
        family: what it wants.
    """

    def __init__(self, session: Session, family: Family) -> None:
        self.family = family
        self._session = session

    def __call__(self, patches: Image, source: Floats) -> Image:
        """Returns the source's face over patches uint8 [N, S, S, 3] BGR, which are aligned by the family's template.

        S is the family's side or a multiple of it: then each patch is swapped as k x k pictures, each of every k-th
        pixel, in the same run. `source` is one row [1, ...] for all patches or one for each.
        """
        if not len(patches):
            return patches
        factor = patches.shape[1] // self.family.size_px
        tiles = spread(patches, factor)
        rows = np.repeat(source, len(tiles) // len(source), axis=0)
        answer = run_rows(self._session, {"target": self.family.takes.tensor(tiles), "source": rows})[0]
        return gather(self.family.gives.images(answer), factor)


def spread(patches: Image, factor: int) -> Image:
    """Returns patches [N, k S, k S, 3] as k * k pictures each of every k-th pixel, [N k k, S, S, 3]."""
    count, side = patches.shape[0], patches.shape[1] // factor
    phases = patches.reshape(count, side, factor, side, factor, 3).transpose(0, 2, 4, 1, 3, 5)
    return phases.reshape(-1, side, side, 3)


def gather(tiles: Image, factor: int) -> Image:
    """Returns what `spread` took apart."""
    side = tiles.shape[1]
    phases = tiles.reshape(-1, factor, factor, side, side, 3).transpose(0, 3, 1, 4, 2, 5)
    return phases.reshape(-1, side * factor, side * factor, 3)
