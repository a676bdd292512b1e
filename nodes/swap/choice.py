"""Decides what becomes of each face: which of them are swapped, by their place or by who they are.

What a rule leaves alone is shown bare, and counts as cleared: that is what the user asked for. Where the rule needs to
know who somebody is and that is not sure, nobody is left bare.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from runtime.kinds import Face, Faces

Which = Literal["all", "largest", "left", "right"] | Annotated[int, Field(ge=1)]
Others = Literal["swap", "blur", "leave"]

LARGER = 1.25
"""By how much another face must be larger than one that is chosen to take its place."""

BEYOND = 0.5
"""By how much of its size another face must be further to the side."""


class Part(NamedTuple):
    """What is done with a face; `person` is who it is when a source of their own is meant for them."""

    act: Others
    person: str | None = None


class Choice:
    """Gives parts to the faces of a frame. Remembers who was chosen, so that a choice does not flicker.

    Args:
        people: those who have a source of their own.
        others: what is done with everybody else.

    Attributes:
        met: whether one of the people has been there.
    """

    def __init__(self, people: Collection[str], others: Others) -> None:
        self._people = frozenset(people)
        self._others = others
        self.met = False
        self._chosen: set[int] = set()
        self._left: set[int] = set()

    def parts(self, faces: Faces, which: Which) -> list[Part]:
        """Returns a part for each face, in their order; lost ones count, for they may be back in the next frame."""
        chosen = self._choose(faces, which)
        self._chosen = {faces[index].track for index in chosen if faces[index].track >= 0}
        parts = [self._part(face) if index in chosen else Part("leave") for index, face in enumerate(faces)]
        self._left = {face.track for face, part in zip(faces, parts, strict=True) if part.act == "leave"} - {-1}
        return parts

    def _choose(self, faces: Faces, which: Which) -> set[int]:
        if which == "all":
            return set(range(len(faces)))
        ranked = sorted(range(len(faces)), key=lambda index: self._rank(faces[index], which), reverse=True)
        return set(ranked[: which if isinstance(which, int) else 1])

    def _rank(self, face: Face, which: Which) -> float:
        """Returns how much a face is what is wanted; the one that is chosen is so a little more."""
        stays = face.track in self._chosen
        if which in ("left", "right"):
            middle = float(face.box[0] + face.box[2]) / 2
            return (middle if which == "right" else -middle) + stays * BEYOND * face.size
        return face.size * (LARGER if stays else 1)

    def _part(self, face: Face) -> Part:
        """Returns what is done with a face that is chosen."""
        if face.person in self._people:
            self.met = True
            return Part("swap", face.person)
        is_lost_other = face.age > 0 and face.track in self._left
        if self._people and self._others == "leave" and face.identity is None and not is_lost_other:
            return Part("blur")
        return Part(self._others if self._people else "swap")
