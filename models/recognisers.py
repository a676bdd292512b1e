"""Which networks can tell people apart, and what their cosines mean: each has limits of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, get_args

from models.arcface import ArcFace
from models.embeddings import FaceRes
from runtime.kinds import Face, Floats, Identity, Image
from runtime.node import Models

Name = Literal["faceres", "arcface_w600k_r50", "arcface_w600k_mbf"]
DEFAULT: Name = "faceres"
"""The one that comes with dlc."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Cosine from which two pictures show one person, and below which they show two; in between nobody can say."""

    same: float
    other: float


_ARCFACE = Limits(same=0.28, other=0.2)

LIMITS: Mapping[str, Limits] = MappingProxyType(
    {"faceres": Limits(same=0.6, other=0.5), "arcface_w600k_r50": _ARCFACE, "arcface_w600k_mbf": _ARCFACE}
)
"""By model.

faceres: one person has 0.89 on average, two people 0.41 and in one of twenty pairs more than 0.52; measured on 69 crops
of 7 people filmed live (the model's card).
ArcFace: what InsightFace, who trained these files, says of a pair in its own demo (web-demos/src_recognition/main.py):
not one person below 0.2, likely from there on, one person from 0.28. Not measured here.
"""


class Recogniser(Protocol):
    """Makes embeddings of faces; one thread at a time may use it."""

    name: str

    def __call__(self, image: Image, faces: Sequence[Face]) -> Floats:
        """Returns an L2-normed vector for each face of a picture, uint8 [H, W, 3] BGR; float32 [N, D]."""
        ...

    def identities(self, image: Image, faces: Sequence[Face]) -> list[Identity]:
        """Returns the same as values that faces carry."""
        ...


def recogniser(name: str, models: Models) -> Recogniser:
    """Returns the recogniser of a name; raises `ModelError` where its file is not here."""
    if name not in get_args(Name):
        raise ValueError(f"{name!r} is no recogniser")
    session = models.session(name)
    return FaceRes(session) if name == FaceRes.name else ArcFace(session, name)
