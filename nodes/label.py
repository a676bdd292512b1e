"""Writes a short notice into a corner of the frame, so that nobody takes a swapped face for a real one.

    nodes:
      labelled: {type: label, in: composite}
      small:    {type: label, in: composite, text: "synthetic", position: top_right, opacity: 0.6}

White letters on a dark plate, to be read on any picture. Whether the frame is cleared does not change.
"""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

import cv2
import numpy as np
from pydantic import Field

from runtime.kinds import Frame, Image
from runtime.node import node
from runtime.settings import Unit

Position = Literal["top_left", "top_right", "bottom_left", "bottom_right"]
Size = Annotated[float, Field(ge=0.01, le=0.2)]
Text = Annotated[str, Field(max_length=80)]

_PLATE = 0.7
"""How dark the plate is: white letters on it have a contrast above 4.5 to 1 even on white."""
_SMALLEST_PX = 14


class _Look(NamedTuple):
    """What a drawn plate depends on."""

    text: str
    height_px: int
    opacity: float
    room_px: int


@node
class Label:
    """Writes a short notice into a corner of the frame.

    Settings:
        text: what it says; empty for no label. Letters outside ASCII become question marks.
        position: the corner.
        size: height of the plate as a share of the frame's shorter side, but 14 px at least.
        opacity: 0 is invisible.
    """

    def __init__(self) -> None:
        self._drawn: tuple[_Look, _Plate] | None = None

    def __call__(
        self,
        frame: Frame,
        *,
        text: Text = "AI face swap",
        position: Position = "bottom_left",
        size: Size = 0.045,
        opacity: Unit = 0.85,
    ) -> Frame:
        """Returns the frame with the notice in it."""
        if not text.strip() or not opacity:
            return frame
        height_px = max(round(size * min(frame.width, frame.height)), _SMALLEST_PX)
        plate = self._plate(_Look(text, height_px, opacity, frame.width))
        image = frame.editable()
        _lay(plate, image, position, margin_px=height_px // 2)
        return frame.with_image(image)

    def _plate(self, look: _Look) -> _Plate:
        """Returns the drawn plate; draws again only when something about it has changed."""
        if self._drawn is None or self._drawn[0] != look:
            self._drawn = (look, _draw(look))
        return self._drawn[1]


class _Plate(NamedTuple):
    """A drawn label: new = old * keep / 255 + light, both uint8 [h, w, 3]."""

    keep: Image
    light: Image


def _draw(look: _Look) -> _Plate:
    text = look.text.encode("ascii", "replace").decode()
    font, scale = cv2.FONT_HERSHEY_SIMPLEX, look.height_px / 34
    thickness = max(1, round(look.height_px / 17))
    (width, height), _ = cv2.getTextSize(text, font, scale, thickness)
    canvas = np.zeros((look.height_px, min(width + look.height_px, look.room_px)), np.uint8)
    baseline = (look.height_px + height) // 2
    cv2.putText(canvas, text, (look.height_px // 2, baseline), font, scale, 255, thickness, cv2.LINE_AA)
    letters = canvas.astype(np.float32) / 255
    keep = (1 - letters) * (1 - _PLATE * look.opacity) + letters * (1 - look.opacity)
    light = letters * 255 * look.opacity
    return _Plate(*(cv2.cvtColor(np.rint(part).astype(np.uint8), cv2.COLOR_GRAY2BGR) for part in (keep * 255, light)))


def _lay(plate: _Plate, image: Image, position: Position, margin_px: int) -> None:
    """Puts the plate into its corner, in place; what does not fit into a tiny frame is left out."""
    height, width = plate.keep.shape[:2]
    x = margin_px if position.endswith("left") else image.shape[1] - margin_px - width
    y = margin_px if position.startswith("top") else image.shape[0] - margin_px - height
    part = image[max(y, 0) :, max(x, 0) :][:height, :width]
    keep, light = (layer[: part.shape[0], : part.shape[1]] for layer in plate)
    cv2.multiply(part, keep, part, scale=1 / 255)
    cv2.add(part, light, part)
