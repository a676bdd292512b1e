"""Source persons: what a swapper is told of the person whose face it shall make.

Peers disagree on this for the same files, so the rules are written down here. `raw` is ArcFace's vector as its network
gives it, float32 [N, 512] (`ArcFace.raw`); several pictures of a person are averaged by `average`.
- `normed`: the vector at length 1.
- `mapped` (inswapper): the vector at length 1, times the file's own map, at length 1 again. FaceFusion leaves the last
  step out; InsightFace, whose file it is, does it.
- `converted` (ghost), `converted_normed` (simswap): a network of its own turns the vector into that of the recogniser
  that the swapper was trained with; at length 1 or as it comes.
- `picture` (blendswap, uniface): no vector, but an aligned picture.
"""

from __future__ import annotations

from models.align import similarity, template
from models.arcface import normed
from models.crop import cut
from models.neural_swappers import Portrait
from models.tensors import run_images
from runtime.kinds import Face, Floats, Image
from runtime.node import Session


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
