"""Knows whom each identity may show: a pair is compared once, and again when the identity or the person has changed.

A frame makes one identity at most, so of 200 faces and 200 people some 400 pairs are compared and not 40,000.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nodes.cache.gallery import Gallery
from runtime.kinds import Identity


class Matches:
    """The similarities of tracks to those people whom they may show."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery
        self._rows: dict[int, tuple[Identity, Mapping[int, float]]] = {}
        self._made: dict[int, int] = {}  # how many identities each person consisted of

    def of(self, identities: Mapping[int, Identity]) -> Mapping[int, Mapping[int, float]]:
        """Returns similarity by number, by track, for the identities of tracks."""
        made = {number: person.made for number, person in self._gallery.people.items()}
        changed = {number for number, count in made.items() if self._made.get(number) != count}
        self._made = made
        self._rows = {track: (one, self._row(track, one, changed)) for track, one in identities.items()}
        return {track: row for track, (_, row) in self._rows.items()}

    def _row(self, track: int, identity: Identity, changed: Collection[int]) -> Mapping[int, float]:
        before, row = self._rows.get(track, (None, {}))
        if before is not identity:
            return self._gallery.matches(identity, self._made)
        same = {number: value for number, value in row.items() if number in self._made and number not in changed}
        return {**same, **self._gallery.matches(identity, changed)}
