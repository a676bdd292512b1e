"""Finds faces and follows them from frame to frame.

    faces: {type: detect, in: camera, model: blazeface, landmarks: facemesh, every_ms: 250}

A face is followed by its landmarks (`follow.py`): they say where to look in the next frame, so the detector rests while
all goes well. It runs when no face is held, when one was lost, every `every_ms` to find new ones (`scan.py`), and where
the picture changed beside the people who are known (`news.py`). The tracker alone gives numbers (`tracker.py`), the
landmarker and the detector remember nothing.
An exception of a network goes up to the engine, whose tombstone makes a guard hide the whole frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np

from models.dense106 import Dense106
from models.detectors import BlazeFace, Detections, Detector, Region, overlap
from models.fan68 import Fan68
from models.landmarks import SCHEME, FaceMesh
from models.scrfd import Scrfd
from models.yunet import YuNet
from nodes.detect.change import Change, Changes, samples_of, step_of
from nodes.detect.dense import By68, By106, DenseFollower
from nodes.detect.follow import BoxFollower, Follower, MeshFollower
from nodes.detect.news import News
from nodes.detect.scan import Scan
from nodes.detect.sighting import Sighting, looks_of
from nodes.detect.tracker import Tracker
from runtime import Context, Count, Eases, Faces, Frame, Image, IsModel, Millis, Unit, node
from runtime.kinds import Floats

Model = Literal["blazeface", "blazeface_full", "scrfd_500m", "scrfd_2.5g", "scrfd_10g", "retinaface_10g", "yunet"]
Landmarks = Literal["facemesh", "2d106det", "2dfan4"]

_SCHEMES: Mapping[Landmarks, str] = {"facemesh": SCHEME, "2d106det": By106.scheme, "2dfan4": By68.scheme}

SAME = 0.3
"""Intersection over union from which a detection is a face that is known already."""

SURE = 0.8
"""Score from which a detection counts as a face even where the landmarker sees none (a profile, a hand before it)."""

RETRY_S = 0.6
"""Seconds for which a lost face is tried for where it should be, in each frame."""


@node(ordered=True)
class Detect:
    """Finds faces and follows them, with landmarks, pose and track numbers; largest first.

    A face that was lost stays among them with its predicted box, no landmarks and `age` above 0, until `keep_ms`.
    So does a face that only the detector sees, and one beyond `max_faces`: known, but not to be swapped.

    Settings:
        model: `blazeface` for faces near a camera (1.5 ms on one core), `blazeface_full` for small ones (4.5 ms). The
            others look at 640 px, where faces may be smaller still; their files are to be had apart.
        landmarks: `facemesh`, which also follows faces; or null for only five points. `2d106det` and `2dfan4` give 106
            and 68 points, and better five points than a detector's: enough for `swap` with a network, while its `mesh`
            wants `facemesh`. With all but `facemesh` the detector runs in every frame.
        max_faces: how many faces are followed.
        every_ms: how often to look for new faces while one is held.
        min_score: what the detector must be sure of, at least.
        keep_ms: how long a lost face is remembered.
        smooth: how much trembling is taken out of the points, 0 for none; steady motion is not delayed by it.
    """

    def __init__(
        self,
        context: Context,
        *,
        model: Annotated[Model, IsModel()] = "blazeface",
        landmarks: Annotated[Landmarks | None, IsModel()] = "facemesh",
        max_faces: Count = 8,
    ) -> None:
        self._detector = _detector(context, model)
        self._follower = _follower(context, self._detector, landmarks)
        self._max_faces = max_faces
        self._tracker = Tracker()
        self._scan = Scan()
        self._changes = Changes()
        self._news = News()
        self._time: float | None = None
        self._in_file = context.mode == "file"
        self._log = context.log
        self._frames = 0
        self._empty = 0

    def __call__(
        self,
        frame: Frame,
        *,
        every_ms: Annotated[Millis, Eases((250, 500), "hidden")] = 250,
        min_score: Unit = 0.5,
        keep_ms: Millis = 2000,
        smooth: Unit = 0.5,
    ) -> Faces:
        """Returns the faces of a frame."""
        elapsed = self._elapsed(frame.time)
        samples = samples_of(frame.image)
        change = self._changes.before(frame.image, samples)
        if change is Change.SCENE:  # nobody in it is known
            self._tracker.clear()
            self._scan.restart()
        self._tracker.advance(elapsed)
        self._time = frame.time
        if change is Change.SOME:  # in the same picture faces are where they were
            self._follow(frame.image, smooth)
        self._tracker.forget(keep_ms / 1000)
        self._scan_for_new(frame.image, samples, elapsed, every_ms / 1000, min_score)
        self._changes.remember(frame.image)  # last, so that a picture on which a network failed counts as never seen
        faces = self._tracker.faces()
        self._frames += 1
        self._empty += not faces.seen()
        return faces

    @staticmethod
    def gives(settings: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
        """Tells which landmarks the faces have, and that nobody knows who they are."""
        landmarks: Landmarks | None = settings["landmarks"]
        return {"landmarks": [_SCHEMES[landmarks]] if landmarks else [], "identity": [], "people": []}

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

    def _follow(self, image: Image, smooth: float) -> None:
        """Finds the faces of the last frame again, and tries for the one that was lost last."""
        tracks = self._tracker.held()[: self._max_faces]
        if len(tracks) < self._max_faces:
            tracks += [track for track in self._tracker.lost() if track.since <= RETRY_S and track.followed][:1]
        sightings = self._follower.follow(image, [track.expected() for track in tracks])
        found = {track.number: sighting for track, sighting in zip(tracks, sightings, strict=True)}
        self._tracker.update(found, partial(looks_of, image), smooth)

    def _scan_for_new(self, image: Image, samples: Floats, elapsed: float, every_s: float, min_score: float) -> None:
        """Looks for new faces where it is time to."""
        step = step_of(image)
        known = [track.expected() for track in self._tracker.held() + self._tracker.lost()]
        news = self._news.place(samples, step, known)
        for region in self._scan.regions(image.shape, elapsed, every_s, self._tracker, news):
            self._look(image, region, min_score)
            self._news.looked(samples, step, region)

    def _look(self, image: Image, region: Region | None, min_score: float) -> None:
        """Looks for new faces in a part of the picture."""
        new = self._unknown(self._detector(image, min_score, region))
        if not new:
            return
        looks = partial(looks_of, image)
        room = max(0, self._max_faces - len(self._tracker.held()))
        met = self._follower.meet(image, new[:room])
        self._tracker.welcome([sighting for sighting in met if sighting is not None], looks)
        unclear = [first for first, second in zip(new, met, strict=False) if second is None and first.score >= SURE]
        self._tracker.suspect(unclear + new[room:], looks)

    def _unknown(self, found: Detections) -> list[Sighting]:
        """Returns the detections that lie on no face that is held."""
        held = [track.sighting.box for track in self._tracker.held()]
        known = (overlap(found.boxes, np.reshape(held, (-1, 4))) >= SAME).any(axis=1)
        return [
            Sighting.of_detection(*row)
            for row, is_known in zip(zip(*found, strict=True), known, strict=True)
            if not is_known
        ]


def _follower(context: Context, detector: Detector, landmarks: Landmarks | None) -> Follower:
    match landmarks:
        case None:
            return BoxFollower(detector)
        case "facemesh":
            return MeshFollower(FaceMesh(context.models.session(landmarks)))
        case "2d106det":
            return DenseFollower(BoxFollower(detector), By106(Dense106(context.models.session(landmarks))))
    return DenseFollower(BoxFollower(detector), By68(Fan68(context.models.session(landmarks))))


def _detector(context: Context, model: Model) -> Detector:
    match model:
        case "blazeface":
            return BlazeFace(context.models.session("blazeface_short"), "short")
        case "blazeface_full":
            return BlazeFace(context.models.session("blazeface_full"), "full")
        case "yunet":
            return YuNet(context.models.session("yunet"))
    return Scrfd(context.models.session(model))
