"""Finds the people of a video file: who is in it, when, and how they look. Reads every frame, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from models.clusters import clusters
from models.recognisers import DEFAULT, LIMITS, recogniser
from nodes.cache.identities import TURN, turn_of
from nodes.detect import Detect
from nodes.likeness import thumbnail
from nodes.source import AnySource
from runtime.kinds import Face, Floats, Frame, Image
from runtime.node import Context, StreamInfo

SAMPLES = 4
"""Looks that are kept of each track: the first, and those in which the head is turned more to the front."""

BRIEF = 3
"""A person who is in fewer frames than this, of as many, is not listed; a detector may see a face twice for so long."""

PAUSE_S = 1.0
"""Absences that are shorter do not part a range of time in two."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a face: its embedding, the head's turn (degrees), the face's size (px), and a small picture of it."""

    vector: Floats
    turn: float
    size: float
    picture: Image


@dataclass(slots=True)
class Appearance:
    """A face that was followed without a break: the frames that show it, and some samples."""

    frames: list[int] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def vector(self) -> Floats:
        """The mean of the embeddings, L2-normed."""
        mean: Floats = np.mean([sample.vector for sample in self.samples], axis=0)
        return mean / np.linalg.norm(mean)


@dataclass(frozen=True, slots=True)
class Found:
    """A person of a video.

    Attributes:
        pictures: uint8 [96, 96, 3] each, the best first.
        ranges: first and last time of each stretch in which they are seen, s.
        share: of the frames that show them.
    """

    pictures: list[Image]
    ranges: list[tuple[float, float]]
    share: float


class Scan:
    """Follows the faces of a file, frame by frame."""

    def __init__(self, context: Context, file: Path) -> None:
        self._source = AnySource(context, uri=str(file))
        self._detect = Detect(context, model="blazeface_full")
        self._embedder = recogniser(DEFAULT, context.models)
        self._appearances: dict[int, Appearance] = {}
        self._times: list[float] = []

    def info(self) -> StreamInfo:
        """Returns what is known of the file."""
        return self._source.info()

    def steps(self) -> Iterator[int]:
        """Takes in frame after frame; yields how many there were."""
        try:
            while (picture := self._source.read()) is not None:
                time = float(picture.pts or 0)
                frame = Frame(picture.image, len(self._times), pts=picture.pts or 0, time=time)
                self._times.append(time)
                for face in self._detect(frame).seen():
                    self._see(frame, face)
                yield len(self._times)
        finally:
            self._source.close()

    def people(self) -> list[Found]:
        """Returns who was seen, those with the most frames first."""
        tracks = [track for track in self._appearances.values() if track.samples]
        if not tracks:
            return []
        vectors = np.stack([track.vector for track in tracks])
        similar = np.where(_together(tracks), -np.inf, vectors @ vectors.T)
        people = [self._found([tracks[index] for index in group]) for group in clusters(similar, LIMITS[DEFAULT].same)]
        found = [person for person in people if person.share * len(self._times) >= min(BRIEF, len(self._times))]
        return sorted(found, key=lambda person: -person.share)

    def _see(self, frame: Frame, face: Face) -> None:
        track = self._appearances.setdefault(face.track, Appearance())
        track.frames.append(frame.seq)
        turn = turn_of(face)
        best = min((sample.turn for sample in track.samples), default=np.inf)
        larger = face.size > 1.5 * max((sample.size for sample in track.samples), default=0)
        if len(track.samples) < SAMPLES and (best - turn > TURN or (larger and turn < best + TURN)):
            vector = self._embedder(frame.image, [face])[0]
            track.samples.append(Sample(vector, turn, face.size, thumbnail(frame.image, face)))

    def _found(self, tracks: list[Appearance]) -> Found:
        frames = sorted({frame for track in tracks for frame in track.frames})
        samples = sorted((sample for track in tracks for sample in track.samples), key=lambda sample: sample.turn)
        return Found([sample.picture for sample in samples], self._ranges(frames), len(frames) / len(self._times))

    def _ranges(self, frames: list[int]) -> list[tuple[float, float]]:
        times = [self._times[frame] for frame in frames]
        ends = [index for index, (a, b) in enumerate(pairwise(times)) if b - a > PAUSE_S]
        starts = [0, *(index + 1 for index in ends)]
        return [(times[start], times[end]) for start, end in zip(starts, [*ends, len(times) - 1], strict=True)]


def _together(tracks: list[Appearance]) -> np.ndarray:
    """Returns which tracks share more frames than one face seen twice would: they are two people, bool [N, N]."""
    frames = [set(track.frames) for track in tracks]
    return np.array([[len(one & other) > BRIEF and one is not other for other in frames] for one in frames])
