"""Gives people numbers that stay theirs: when they come back, when tracks cross and go over to the other face.

A track is a place that is followed. As long as nothing else is known, each track has a number of its own; identities
say when it shows somebody who had a number before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nodes.cache.gallery import Gallery
from nodes.cache.identities import Made
from nodes.cache.matches import Matches
from runtime.kinds import Faces, Identity

STAY = 0.1
"""By how much more similar somebody else's number must be than the present one."""


class Roster:
    """The numbers of the tracks that are listed; no two of them have the same.

    Attributes:
        returns: how often somebody came back to an earlier number.
        corrections: how often tracks had gone over to other faces.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._matches = Matches(gallery)
        self._numbers: dict[int, int] = {}
        self._elsewhere: dict[int, float] = {}  # lost tracks whose people are seen under another one, and their age
        self._next = max(gallery.people, default=-1) + 1
        self.returns = self.corrections = 0

    def update(self, faces: Faces, identities: Mapping[int, Identity], made: Made | None, *, all_sure: bool) -> None:
        """Goes on to the next frame.

        Args:
            faces: who is listed, by track.
            identities: of those who are seen, by track.
            made: the identity of this frame, or None.
            all_sure: whether every face that is seen was confirmed since it was close to another.
        """
        ages = {face.track: face.age for face in faces if face.track >= 0}
        self._numbers = {track: number for track, number in self._numbers.items() if track in ages}
        # a lost track that becomes younger has been glimpsed: that is somebody, and nobody knows who
        self._elsewhere = {track: ages[track] for track, age in self._elsewhere.items() if ages.get(track, 0) > age}
        for track in sorted(ages.keys() - self._numbers.keys() - self._elsewhere.keys()):
            self._numbers[track] = self._fresh(track)
        if made is not None:
            before = dict(self._numbers)
            self._assign(identities, made if all_sure and made.in_doubt else None, ages)
            self._note(before, made)

    def renumbered(self, faces: Faces) -> Faces:
        """Returns the faces under their people's numbers, without lost ones who are seen elsewhere by now."""
        items = (
            replace(face, track=self._numbers.get(face.track, -1))
            for face in faces
            if face.track not in self._elsewhere
        )
        return replace(faces, items=tuple(items))

    def number(self, track: int) -> int:
        """Returns the number of a track, -1 for one that has none."""
        return self._numbers.get(track, -1)

    def _fresh(self, wanted: int = -1) -> int:
        """Returns a number that nobody had: the wanted one, or the next."""
        number = max(wanted, self._next)
        self._next = number + 1
        return number

    def _assign(self, identities: Mapping[int, Identity], doubtful: Made | None, ages: Mapping[int, float]) -> None:
        """Gives each identity the number that fits best, best pair first; whose number is taken gets a new one."""
        given: dict[int, int] = {}
        taken: set[int] = set()
        for _, track, number in self._bids(identities):
            if track not in given and number not in taken:
                given[track] = number
                taken.add(number)
        if doubtful and doubtful.track not in given and self._is_other(doubtful):
            given[doubtful.track] = self._fresh()
            taken.add(given[doubtful.track])
        for track, number in list(self._numbers.items()):
            if track in given:
                self._numbers[track] = given[track]
            elif number in taken and ages[track] == 0:
                self._numbers[track] = self._fresh()
            elif number in taken:
                self._elsewhere[track] = ages[track]
                del self._numbers[track]

    def _bids(self, identities: Mapping[int, Identity]) -> list[tuple[float, int, int]]:
        """Returns similarity, track and number of those that may belong together, the most similar first."""
        return sorted(
            (
                (similarity + STAY * (self._numbers[track] == number), track, number)
                for track, matches in self._matches.of(identities).items()
                for number, similarity in matches.items()
            ),
            reverse=True,
        )

    def _is_other(self, made: Made) -> bool:
        """Whether a track shows somebody else than the one whose number it has."""
        person = self._gallery.people.get(self._numbers[made.track])
        return person is not None and person.similarity(made.identity.vector) < self._gallery.limits.other

    def _note(self, before: Mapping[int, int], made: Made) -> None:
        """Takes in an identity under the number of its track, and counts what has changed."""
        old, number = before[made.track], self._numbers[made.track]
        people = self._gallery.people
        if number != old and number not in before.values() and number in people:
            people[number].returns += 1
            self.returns += 1
            if not made.in_doubt:
                self._gallery.merge(old, number)  # a face that was seen all the time had both numbers
        elif any(self._numbers.get(track) != number for track, number in before.items()):
            self.corrections += 1
        person = people.get(number)
        same = self._gallery.limits.same
        if person is None or not made.in_doubt or person.similarity(made.identity.vector) >= same:
            self._gallery.learn(number, made.identity)
