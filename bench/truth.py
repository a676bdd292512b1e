"""Ground truth of a clip: who is in each frame, and where; a JSON file beside the clip, or the demo clip's own.

    {"width": 960, "height": 540, "frames": [
        [{"id": "demo", "points": [[x, y] * 5], "box": [x0, y0, x1, y1], "visible": 1.0, "derived": false}], ...]}

Coordinates here are as everywhere in dlc: the centre of the first pixel is (0, 0). The demo clip's truth counts pixel
edges, so half a pixel is subtracted. Where something passes in front, masks lie in `NAME.occluder.npz`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from runtime.errors import ConfigurationError
from runtime.kinds import Doubles

FIVE = ("left_eye", "right_eye", "nose_tip", "left_mouth", "right_mouth")
"""The points, in their order; left and right as in the image."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a frame.

    Attributes:
        id: a name that stays with a person for the whole clip.
        points: float64 [5, 2] px, in the order of `FIVE`.
        box: float64 [4] px, from chin to hairline.
        visible: share of the face that is within the picture with nothing in front of it.
        derived: True where the points are not the renderer's but were once found in a still by the landmarker.
    """

    id: str
    points: Doubles
    box: Doubles
    visible: float = 1.0
    derived: bool = False

    @property
    def eye_distance(self) -> float:
        """Pixels between the centres of the eyes."""
        return float(np.hypot(*(self.points[1] - self.points[0])))


@dataclass(frozen=True, slots=True)
class Truth:
    """A clip's truth.

    Attributes:
        width, height: of the clip as it is shown, px.
        frames: who is in each frame.
        occluders: uint8 [N, H, ceil(W / 8)], bits of what passes in front of faces, or None.
    """

    width: int
    height: int
    frames: tuple[tuple[Person, ...], ...]
    occluders: npt.NDArray[np.uint8] | None = None

    def occluder(self, index: int) -> Mask | None:
        """Returns where something passes in front of faces in a frame, bool [H, W]; None in clips without."""
        if self.occluders is None:
            return None
        return np.unpackbits(self.occluders[index], axis=1, count=self.width).astype(bool)

    def write(self, file: Path) -> None:
        """Writes it to a JSON file, and the masks beside it."""
        rows = [[_row(person) for person in people] for people in self.frames]
        file.write_text(json.dumps({"width": self.width, "height": self.height, "frames": rows}))
        if self.occluders is not None:
            np.savez_compressed(_masks_of(file), bits=self.occluders)


def read_truth(file: Path) -> Truth:
    """Returns the truth of a file; raises `ConfigurationError`."""
    try:
        data = json.loads(file.read_text())
        frames = tuple(tuple(_people(row)) for row in data["frames"])
        masks = _masks_of(file)
        bits = np.load(masks)["bits"] if masks.is_file() else None
        return Truth(data["width"], data["height"], frames, bits)
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{file}: is no ground truth as bench/truth.py describes it: {error!r}") from error


def truth_beside(clip: Path) -> Path:
    """Returns where the truth of a clip is looked for."""
    return clip.with_suffix(".truth.json")


def _people(row: Any) -> list[Person]:
    if isinstance(row, dict):  # the demo clip's: one person, pixel edges
        points = np.array([row["points"][name] for name in FIVE], np.float64)
        return [Person("demo", points - 0.5, np.array(row["face_box"], np.float64) - 0.5)]
    return [
        Person(p["id"], np.array(p["points"], np.float64), np.array(p["box"], np.float64), p["visible"], p["derived"])
        for p in row
    ]


def _row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id, "points": person.points.round(3).tolist(), "box": person.box.round(3).tolist(),
        "visible": round(person.visible, 3), "derived": person.derived,
    }  # fmt: skip


def _masks_of(file: Path) -> Path:
    return file.with_name(file.name.removesuffix(".truth.json") + ".occluder.npz")
