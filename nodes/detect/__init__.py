"""Finds faces and follows them from frame to frame.

    faces: {type: detect, in: camera, model: blazeface, landmarks: facemesh, every_ms: 250}

A face is followed by its landmarks: they say where to look in the next frame, so the detector rests while all goes
well. It runs when no face is held, when one was lost, and every `every_ms` to find new ones.
An exception of a network goes up to the engine, whose tombstone makes a guard hide the whole frame.
"""

from __future__ import annotations

from typing import Literal

from models.detectors import BlazeFace, Detections, Region, overlap
from models.landmarks import FaceMesh
from nodes.detect.change import Change, Changes
from nodes.detect.follow import BoxFollower, Follower, MeshFollower, Sighting
from nodes.detect.scan import Scan
from nodes.detect.tracker import Tracker
from runtime import Context, Count, Faces, Frame, Image, Millis, Unit, node

SAME = 0.3
"""Intersection over union from which a detection is a face that is known already."""

SURE = 0.8
"""Score from which a detection counts as a face even where the landmarker sees none (a profile, a hand before it)."""


@node(ordered=True)
class Detect:
    """Finds faces and follows them, with landmarks, pose and track numbers; largest first.

    A face that was lost stays among them with its predicted box, no landmarks and `age` above 0, until `keep_ms`.
    So does a face that only the detector sees, and one beyond `max_faces`: known, but not to be swapped.

    Settings:
        model: `blazeface` for faces near a camera (1.5 ms on one core), `blazeface_full` for small ones (4.5 ms).
        landmarks: `facemesh`, or null for only five points, which the detector then gives for every frame.
        max_faces: how many faces are followed.
        every_ms: how often to look for new faces while one is held.
        min_score: what the detector must be sure of, at least.
        keep_ms: how long a lost face is remembered.
    """

    def __init__(
        self,
        context: Context,
        *,
        model: Literal["blazeface", "blazeface_full"] = "blazeface",
        landmarks: Literal["facemesh"] | None = "facemesh",
        max_faces: Count = 8,
    ) -> None:
        self._detector = _detector(context, model)
        self._follower: Follower = BoxFollower(self._detector)
        if landmarks:
            self._follower = MeshFollower(FaceMesh(context.models.session(landmarks)))
        self._max_faces = max_faces
        self._tracker = Tracker()
        self._scan = Scan()
        self._changes = Changes()
        self._time: float | None = None
        self._in_file = context.mode == "file"
        self._log = context.log
        self._frames = 0
        self._empty = 0

    def __call__(self, frame: Frame, *, every_ms: Millis = 250, min_score: Unit = 0.5, keep_ms: Millis = 2000) -> Faces:
        """Returns the faces of a frame."""
        elapsed = self._elapsed(frame.time)
        change = self._changes.before(frame.image)
        if change is Change.SCENE:  # nobody in it is known
            self._tracker.clear()
            self._scan.restart()
        self._follow(frame.image, elapsed, change)
        self._tracker.forget(keep_ms / 1000)
        for region in self._scan.regions(frame.image.shape, elapsed, every_ms / 1000, self._tracker):
            self._look(frame.image, region, min_score)
        self._time = frame.time  # last, so that a frame on which a network failed counts as never seen
        self._changes.remember(frame.image)
        faces = self._tracker.faces()
        self._frames += 1
        self._empty += not faces.seen()
        return faces

    def counters(self) -> dict[str, int]:
        """Returns how many frames showed no face."""
        return {"without a face": self._empty}

    def close(self) -> None:
        """Says how many frames of a file come out as they went in."""
        if self._in_file and self._empty:
            self._log.warning("no face was found in %d of %d frames", self._empty, self._frames)

    def _elapsed(self, time: float) -> float:
        """Returns the seconds since the last frame: 0 at first; 0, and a fresh look, when a clip starts again."""
        if self._time is None or time < self._time:
            self._scan.restart()
            return 0.0
        return time - self._time

    def _follow(self, image: Image, elapsed: float, change: Change) -> None:
        """Finds the faces of the last frame again; in the same picture they are where they were."""
        found = {
            track.number: track.sighting if change is Change.NONE else self._follower.follow(image, track.sighting)
            for track in self._tracker.held()[: self._max_faces]
        }
        self._tracker.update(found, elapsed)

    def _look(self, image: Image, region: Region | None, min_score: float) -> None:
        """Looks for new faces in a part of the picture."""
        new = self._unknown(self._detector(image, min_score, region))
        room = max(0, self._max_faces - len(self._tracker.held()))
        met = [self._follower.meet(image, sighting) for sighting in new[:room]]
        self._tracker.welcome([sighting for sighting in met if sighting is not None])
        unclear = [first for first, second in zip(new, met, strict=False) if second is None and first.score >= SURE]
        self._tracker.suspect(unclear + new[room:])

    def _unknown(self, found: Detections) -> list[Sighting]:
        """Returns the detections that lie on no face that is held."""
        sightings = [Sighting.of_detection(*row) for row in zip(*found, strict=True)]
        held = self._tracker.held()
        return [
            sighting
            for sighting in sightings
            if all(overlap(sighting.box[None], track.sighting.box[None])[0, 0] < SAME for track in held)
        ]


def _detector(context: Context, model: str) -> BlazeFace:
    if model == "blazeface_full":
        return BlazeFace(context.models.session("blazeface_full"), "full")
    return BlazeFace(context.models.session("blazeface_short"), "short")
