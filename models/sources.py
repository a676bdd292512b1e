"""Source persons: what a swapper is told of the person whose face it shall make.

Peers disagree on this for the same files, so the rules are written down here. `raw` is ArcFace's vector as its network
gives it, float32 [N, 512] (`ArcFace.raw`); several pictures of a person are averaged by `average`.
- `normed`: the vector at length 1.
- `mapped` (inswapper): the vector at length 1, times the file's own map, at length 1 again. FaceFusion leaves the last
  step out; InsightFace, whose file it is, does it.
- `converted` (ghost), `converted_normed` (simswap): a network of its own turns the vector into that of the recogniser
  that the swapper was trained with; at length 1 or as it comes.
- `picture` (blendswap, uniface): no vector, but an aligned picture.

A source s may be mixed with the target's own vector t: both at length 1, w s + (1 - w) t, at length 1 again, then at
the length that s came with, and from there on as above. FaceFusion mixes behind these steps, where only hyperswap's
rows are still ArcFace's vectors; for the others it adds two things that have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from models.align import similarity, template
from models.arcface import ArcFace, normed
from models.crop import cut
from models.emap import emap_of
from models.neural_swappers import FAMILIES, Family, Portrait
from models.tensors import run_images
from runtime.kinds import Face, Floats, Image
from runtime.node import Models, Session

RECOGNISER = "arcface_w600k_r50"


class Shown(NamedTuple):
    """A picture of the source person, uint8 [H, W, 3] BGR, and the face in it."""

    image: Image
    face: Face


@dataclass(frozen=True, slots=True)
class Source:
    """A source person.

    Attributes:
        row: what a swapper is told of them, float32 [1, ...].
        raw: ArcFace's vector of them, float32 [1, 512]; None where the swapper takes a picture.
        rule: makes the row of such a vector.
    """

    row: Floats
    raw: Floats | None
    rule: Callable[[Floats], Floats]

    def mixed(self, target: Floats | None, weight: float) -> Floats:
        """Returns the row with so much of this person, and the rest of the target's ArcFace vector [512] at length 1.

        Weight 1 is the person's own row, and so is any without a target; above 1 it moves away from the target.
        """
        if self.raw is None or target is None or weight == 1:
            return self.row
        mix = normed(np.float32(weight) * normed(self.raw) + np.float32(1 - weight) * target)
        return self.rule(mix * np.linalg.norm(self.raw))


def source_of(model: str, pictures: Sequence[Shown], models: Models) -> Source:
    """Returns what a swapper is told of a person; raises `ModelError` where a model is missing.

    A swapper that takes a picture gets the first one.
    """
    family = FAMILIES[model]
    if family.portrait is not None:
        return Source(pictured(*pictures[0], family.portrait), None, normed)
    recogniser = ArcFace(models.session(RECOGNISER), RECOGNISER)
    raw = average(np.concatenate([recogniser.raw(shown.image, [shown.face]) for shown in pictures]))
    rule = _rule(model, family, models)
    return Source(rule(raw), raw, rule)


def _rule(model: str, family: Family, models: Models) -> Callable[[Floats], Floats]:
    """Returns what makes a swapper's row of ArcFace's vector."""
    match family.source:
        case "mapped":
            return partial(mapped, emap=emap_of(*models.file(model)))
        case "converted":
            return partial(converted, converter=models.session(family.converter))
        case "converted_normed":
            return partial(_converted_normed, converter=models.session(family.converter))
    return normed


def _converted_normed(raw: Floats, converter: Session) -> Floats:
    return normed(converted(raw, converter))


def average(raw: Floats) -> Floats:
    """Returns one row [1, 512] for a person of whom there are several pictures [N, 512]."""
    return raw.mean(axis=0, keepdims=True)


def mapped(raw: Floats, emap: Floats) -> Floats:
    """Returns inswapper's rows from its map [512, 512]."""
    return normed(normed(raw) @ emap)


def converted(raw: Floats, converter: Session) -> Floats:
    """Returns the rows of ghost; those of simswap are `normed(converted(...))`."""
    rows: Floats = run_images(converter, raw)[0]
    return rows


def pictured(image: Image, face: Face, portrait: Portrait) -> Floats:
    """Returns the row of a swapper whose source is a picture, from one uint8 [H, W, 3] BGR and a face in it."""
    matrix = similarity(face.points, template(portrait.template, portrait.size_px))
    return portrait.pixels.tensor(cut(image, matrix, portrait.size_px)[None, ..., :3])
