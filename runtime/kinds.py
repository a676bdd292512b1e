"""What flows along the edges of a graph.

Frozen dataclasses with slots. Arrays become read-only when they are put into one of these: a node that draws
takes a buffer of its own with `frame.editable()` and hands on `frame.with_image(buffer)`.
Coordinates are pixels whose centres are whole numbers (OpenCV's convention), x to the right, y down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import Protocol, overload

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


class Buffers(Protocol):
    """Where a frame's editable copies come from."""

    def empty(self, shape: tuple[int, ...]) -> Image:
        """Returns an uninitialised, writable uint8 array."""
        ...


class Kind:
    """Base of everything that may travel along an edge; a plug-in may add kinds of its own."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Frame(Kind):
    """One picture of the stream.

    Attributes:
        image: uint8 [H, W, 3], BGR, read-only.
        seq: dense number given at the gate, from 0; -1 outside a run.
        captured_at: when the source had it, in ns of the engine's clock.
        pts: presentation time within the stream, in seconds, exact.
        time: seconds; `pts` in file mode, capture time in live mode. The only clock that nodes may use for ageing.
        cleared: True when every known face of this picture is swapped or left alone by rule.
    """

    image: Image
    seq: int = -1
    captured_at: int = 0
    pts: Fraction = Fraction(0)
    time: float = 0.0
    cleared: bool = False
    buffers: Buffers | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.image.dtype != np.uint8 or self.image.ndim != 3 or self.image.shape[2] != 3:
            raise ValueError(f"a frame's image is uint8 [H, W, 3], not {self.image.dtype} {list(self.image.shape)}")
        self.image.flags.writeable = False

    def editable(self) -> Image:
        """Returns a writable copy of the image, taken from the run's buffers."""
        shape = self.image.shape
        copy = np.empty(shape, np.uint8) if self.buffers is None else self.buffers.empty(shape)
        np.copyto(copy, self.image)
        return copy

    def with_image(self, image: Image, *, cleared: bool | None = None) -> Frame:
        """Returns this frame with another picture, and another `cleared` where given."""
        return replace(self, image=image, cleared=self.cleared if cleared is None else cleared)

    def numbered(self, seq: int) -> Frame:
        """Returns this frame with a number; done for every frame, and `replace` takes three times as long."""
        return Frame(self.image, seq, self.captured_at, self.pts, self.time, self.cleared, self.buffers)

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.image.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.image.shape[1])


@dataclass(frozen=True, slots=True)
class Landmarks:
    """A dense set of points on one face.

    Attributes:
        scheme: what the points mean, for example `mesh468`, `dense106`, `ibug68`.
        points: float32 [N, 2 or 3] in frame pixels; a third column is depth in the same unit.
    """

    scheme: str
    points: Floats

    def __post_init__(self) -> None:
        self.points.flags.writeable = False


@dataclass(frozen=True, slots=True)
class Pose:
    """Head rotation in degrees, against facing the camera.

    Attributes:
        yaw: above 0 the face turns to the image's right.
        pitch: above 0 it looks up.
        roll: above 0 it is tilted counter-clockwise in the image.
    """

    yaw: float
    pitch: float
    roll: float


@dataclass(frozen=True, slots=True)
class Identity:
    """An embedding: the model that made it, and its L2-normed vector, float32 [D]."""

    model: str
    vector: Floats

    def __post_init__(self) -> None:
        self.vector.flags.writeable = False

    def similarity(self, other: Identity) -> float:
        """Returns the cosine similarity, -1 to 1; both must come from one model."""
        if self.model != other.model:
            raise ValueError(f"identities of {self.model!r} and {other.model!r} cannot be compared")
        return float(self.vector @ other.vector)


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a frame.

    Attributes:
        box: float32 [4], x0 y0 x1 y1 in px.
        points: float32 [5, 2]: eye at the image's left, eye at its right, nose tip, left and right mouth corner.
        score: confidence of the detector or of the landmarks, 0 to 1.
        landmarks: dense points, or None.
        pose: head rotation, or None.
        track: number that stays with a face from frame to frame; -1 when nobody tracks.
        age: seconds since the face was last seen; 0 when it was seen in this frame.
        identity: embedding, or None until a consumer asked for one.
        person: name of a known person, or None.
        same_as: seq of an earlier frame in which this face's aligned picture was the same within a threshold, or None.
    """

    box: Floats
    points: Floats
    score: float
    landmarks: Landmarks | None = None
    pose: Pose | None = None
    track: int = -1
    age: float = 0.0
    identity: Identity | None = None
    person: str | None = None
    same_as: int | None = None

    def __post_init__(self) -> None:
        self.box.flags.writeable = False
        self.points.flags.writeable = False

    @property
    def size(self) -> float:
        """The longer side of the box, px."""
        return float(max(self.box[2] - self.box[0], self.box[3] - self.box[1]))


@dataclass(frozen=True, slots=True)
class Faces(Kind):
    """The faces of one frame, recently lost tracks included (their `age` is above 0).

    Attributes:
        items: the faces, largest first unless a node says otherwise.
        detected: False when the detector itself failed on this frame.
    """

    items: tuple[Face, ...] = ()
    detected: bool = True

    def __iter__(self) -> Iterator[Face]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Face: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Face, ...]: ...
    def __getitem__(self, index: int | slice) -> Face | tuple[Face, ...]:
        return self.items[index]

    def seen(self) -> tuple[Face, ...]:
        """Returns the faces that are in this very frame."""
        return tuple(face for face in self.items if face.age == 0)


OPAQUE = 0.75
"""Opacity from which a swap hides its face: a mix with less is nearer to the bare face than to the source person."""


class PatchStatus(Enum):
    """What became of a face."""

    SWAPPED = "swapped"
    FAILED = "failed"
    LEFT_ALONE = "left_alone"


@dataclass(frozen=True, slots=True)
class Patch:
    """A face's aligned square, before and after the swap.

    Attributes:
        face: whose it is.
        status: swapped, failed, or left alone by rule; the arrays are None unless swapped.
        image: the new pixels, uint8 [N, N, 3] BGR.
        target: the original pixels on the same grid.
        template: name of the alignment template.
        to_patch: float64 [2, 3], frame px to patch px.
        landmarks: the face's dense points in patch px, or None.
        masks: name (`shape`, `occlusion`, `parts`, ...) to uint8 [N, N]; multiplied when blended.
        opacity: 0 to 1.
        source: name of the source person.
    """

    face: Face
    status: PatchStatus
    image: Image | None = None
    target: Image | None = None
    template: str = ""
    to_patch: Doubles | None = None
    landmarks: Landmarks | None = None
    masks: Mapping[str, Image] = field(default_factory=dict)
    opacity: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        for array in (self.image, self.target, self.to_patch, *self.masks.values()):
            if array is not None:
                array.flags.writeable = False

    def hides(self, opacity: float = 1.0) -> bool:
        """Returns whether a swap, seen with this opacity, takes the place of its face."""
        if self.image is None or self.to_patch is None:
            return False
        x, y = self.to_patch[:, :2] @ ((self.face.box[:2] + self.face.box[2:]) / 2) + self.to_patch[:, 2]
        side = len(self.image)
        return opacity * self.opacity >= OPAQUE and bool(0 <= x < side and 0 <= y < side)


@dataclass(frozen=True, slots=True)
class Patches(Kind):
    """One `Patch` for each face of the frame, in the order of its `Faces`.

    Attributes:
        items: the patches.
        detected: False when the detector failed on this frame, so that faces may be missing here.
    """

    items: tuple[Patch, ...] = ()
    detected: bool = True

    def __iter__(self) -> Iterator[Patch]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    @overload
    def __getitem__(self, index: int) -> Patch: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Patch, ...]: ...
    def __getitem__(self, index: int | slice) -> Patch | tuple[Patch, ...]:
        return self.items[index]

    def clears(self, opacity: float = 1.0) -> bool:
        """Returns whether a picture with these patches blended in shows no face that should be hidden."""
        left_alone = PatchStatus.LEFT_ALONE
        return self.detected and all(patch.status is left_alone or patch.hides(opacity) for patch in self.items)
