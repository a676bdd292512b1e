"""Remembers the patches of the last frames, so that a face which has not changed is not swapped again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from runtime.kinds import Face, Patch

CAPACITY = 16
"""Patches held; at 256 px one has 0.5 MB."""


@dataclass(slots=True)
class Made:
    """A patch and its side in px. The patch is None until its frame is swapped: a batch looks ahead."""

    side: int
    patch: Patch | None = None


class PatchStore:
    """The latest patches by track and frame, with the settings that they were made with; forgets the least used."""

    def __init__(self) -> None:
        self._patches: OrderedDict[tuple[int, int], tuple[object, Made]] = OrderedDict()

    def clear(self) -> None:
        """Forgets all patches."""
        self._patches.clear()

    def find(self, face: Face, made_with: object) -> Made | None:
        """Returns the patch of the frame in which this face looked the same, if it is held and was made like this."""
        if face.same_as is None:
            return None
        key = (face.track, face.same_as)
        before, made = self._patches.get(key, (None, None))
        if before != made_with:
            return None
        self._patches.move_to_end(key)
        return made

    def put(self, face: Face, seq: int, made_with: object, made: Made) -> None:
        """Holds the patch of a face that somebody tracks, for its frame, and for the one in which it looked the same.

        Under that one it is asked for next, also where the patch of then is gone or was made with other settings.
        """
        if face.track < 0 or seq < 0:
            return
        for number in dict.fromkeys((seq, seq if face.same_as is None else face.same_as)):
            self._patches[face.track, number] = (made_with, made)
            self._patches.move_to_end((face.track, number))
        while len(self._patches) > CAPACITY:
            self._patches.popitem(last=False)

    def forget_unmade(self) -> None:
        """Forgets patches that could not be made."""
        for key in [key for key, (_, made) in self._patches.items() if made.patch is None]:
            del self._patches[key]
