"""Knows faces again: marks those that look as they did, and says who is who where that is asked for.

    nodes:
      known:  {type: cache, in: [camera, faces]}
      people: {type: cache, in: [camera, faces], people: [../anna.jpg, ben], remember: people.identities}

A face whose aligned picture and landmarks are as in an earlier frame gets that frame's seq as `same_as`, and its box,
landmarks and pose, so that what was made of them fits again to the pixel. The frame is always the one in which the face
was last new, so slow changes add up until they are seen. Whoever makes something of a face stores it under
`face.track` and (`face.same_as`, else `frame.seq`), and finds it there again.

With identities, `face.track` is the number of a person: somebody who leaves and comes back within the run gets the same
number, and when tracks go over to other faces, as they do when people cross, they are put right. At most one identity
is made in a frame (11 ms on one core with `faceres`). `face.identity` is None while it is not sure whose face it is:
when it is new, when it has just come back, while it is so close to another that one could be taken for the other, and
where it is neither like nor unlike one of `people`. `face.person` is then who it was last.

The file that `remember` names holds embeddings of the faces that were seen, and nothing else. They are biometric data:
the file can be read by its owner only, and may be deleted at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from models.recognisers import DEFAULT, LIMITS, Name, recogniser
from nodes.cache.gallery import Gallery
from nodes.cache.identities import Identities
from nodes.cache.known import KnownPeople, name_of
from nodes.cache.remembered import Remembered
from nodes.cache.roster import Roster
from nodes.cache.still import Anchors
from runtime import Context, Count, Face, Faces, FileOrName, Frame, IsModel, Millis, StateFile, Unit, node

Levels = Annotated[float, Field(ge=0, le=255)]


@node(ordered=True)
class Cache:
    """Marks faces that have not changed, and says who is who where that is asked for.

    Settings:
        identity: the model that makes identities; null for none, unless `people` or `remember` need them: then
            `faceres`, which comes with dlc. The files of the ArcFace models are to be had apart.
        people: known people, by a picture (its name without suffix is theirs) or by the name under which
            `dlc.py faces add` saved them (for `faceres`); they become `face.person`, which `swap` looks at.
        remember: file in which the identities of this run are kept for the next; null for none.
        max_tracks: how many faces are remembered beside those in the picture; whoever was seen little and long ago is
            forgotten first.
        same_threshold: how much any 8th by 8th of a face may change, in mean levels of 255; 0 finds copies only.
        same_shift: how far landmarks may move in the mean, as a share of the face's size. With these two nobody who
            moves is held, and the steps of somebody who sways by 1 px are of about 0.2 px.
        refresh_ms: age at which an identity is made anew.
    """

    def __init__(
        self,
        context: Context,
        *,
        identity: Annotated[Name | None, IsModel()] = None,
        people: list[FileOrName] = [],  # noqa: B006  # never changed, and a setting's default is data
        remember: StateFile | None = None,
        max_tracks: Count = 32,
    ) -> None:
        self._anchors = Anchors()
        self._max_tracks = max_tracks
        self._people: _People | None = None
        if identity or people or remember:
            self._people = _People(context, identity or DEFAULT, people, remember, max_tracks)

    def __call__(
        self,
        frame: Frame,
        faces: Faces,
        *,
        same_threshold: Levels = 1.0,
        same_shift: Unit = 0.004,
        refresh_ms: Millis = 10_000,
    ) -> Faces:
        """Returns the faces with `same_as`, `identity` and `person` where there is something to say."""
        if self._people is not None:
            faces = self._people.told(frame, faces, refresh_ms / 1000)
        items = tuple(self._anchors.settled(frame, face, same_threshold, same_shift) for face in faces)
        self._anchors.keep(len(items) + self._max_tracks)
        return replace(faces, items=items)

    @staticmethod
    def gives(settings: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        """Tells which model makes the faces' identities, and by which names people are known."""
        people: Sequence[str] = settings["people"]
        model = settings["identity"] or (DEFAULT if people or settings["remember"] else None)
        return {"identity": [model] if model else [], "people": [name_of(text) for text in people]}

    def counters(self) -> dict[str, int]:
        """Returns how often identities were known and made, people forgotten, and faces marked as the same."""
        counts = {"hits": 0, "misses": 0, "evictions": 0} if self._people is None else self._people.counters()
        counts["evictions"] += self._anchors.evictions
        return {**counts, "reuses": self._anchors.reuses}

    def close(self) -> None:
        """Writes what is to be remembered."""
        if self._people is not None:
            self._people.close()


class _People:
    """Puts together who makes identities, who remembers people, and who gives them numbers and names."""

    def __init__(self, context: Context, model: str, people: list[str], remember: str | None, limit: int) -> None:
        network = recogniser(model, context.models)
        self._identities = Identities(network)
        self._gallery = Gallery(limit, LIMITS[model])
        self._remembered = Remembered(Path(remember), model, context.log) if remember else None
        if self._remembered:
            self._remembered.load(self._gallery)
        self._known = KnownPeople(context, people, network)
        self._roster = Roster(self._gallery)

    def told(self, frame: Frame, faces: Faces, refresh_s: float) -> Faces:
        """Returns the faces under their people's numbers, with identities and names."""
        made = self._identities.learn(frame, faces, refresh_s)
        self._roster.update(
            faces, self._identities.latest(faces), made, all_sure=made is not None and self._identities.all_sure(faces)
        )
        told = self._roster.renumbered(replace(faces, items=tuple(self._told(face) for face in faces)))
        self._gallery.see({face.track for face in told}, frame.time)
        return told

    def counters(self) -> dict[str, int]:
        """Returns what was counted."""
        return {
            "hits": self._identities.hits,
            "misses": self._identities.misses,
            "evictions": self._gallery.evictions,
            "returns": self._roster.returns,
            "corrections": self._roster.corrections,
        }

    def close(self) -> None:
        """Writes what is to be remembered."""
        if self._remembered:
            self._remembered.save(self._gallery)

    def _told(self, face: Face) -> Face:
        """Returns a face with its identity, if that is sure, and its name."""
        person = self._gallery.people.get(self._roster.number(face.track))
        if person is None:
            return face
        known = self._identities.of(face.track)
        sure = known is not None and known.is_sure and self._known.is_sure(person)
        return replace(face, identity=known.identity if known and sure else None, person=self._known.name(person))
