"""Blends swapped faces into the frame.

    nodes:
      composite: {type: blend, in: [camera, swapped], mode: feather}
      fitted:    {type: blend, in: [camera, swapped], mode: multiband, color: lab, sharpen: 0.3}

Only the pixels under a patch's masks change; all others stay as they are, bit for bit. The new frame is `cleared`
when every face of it was swapped or left alone by rule. A swap that is mixed with less than three quarters, or of which
masks leave less than two fifths, does not count.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import cv2

from nodes.blend.join import JOINS, BlendMode, Joint
from nodes.blend.look import ColorMatch, matched, sharpened
from nodes.blend.paste import Layer, lay, layer_of
from nodes.cover import ENOUGH, outline_of, rest_of, share_left
from runtime.kinds import Doubles, Frame, Patch, Patches, PatchStatus
from runtime.node import node
from runtime.settings import Eases, Unit


@node
def blend(
    frame: Frame,
    patches: Patches,
    *,
    mode: Annotated[BlendMode, Eases(("feather",))] = "feather",
    opacity: Unit = 1.0,
    color: Annotated[ColorMatch, Eases(("mean", "none"), "visible")] = "none",
    sharpen: Annotated[Unit, Eases((1.0, 0.0))] = 0.0,
) -> Frame:
    """Blends swapped faces into the frame, the smallest first, so that of two that overlap the nearer one is whole.

    Settings:
        mode: `feather` mixes old and new pixels by the patch's masks. `poisson` first shifts the new ones smoothly to
            the target's colour at the outline. `multiband` lets colour change over a wider rim than detail does.
        opacity: 0 leaves the frame, 1 shows the patches as they are. Below 0.75 the bare face shows through,
            and the frame is not cleared.
        color: `none`; `mean` gives the new face the mean colour of the old one, `lab` its contrast as well. For
            swappers that do not take the target's light; `mesh` does.
        sharpen: how much of the new face's finest detail is added once more.
    """
    visible = [patch for patch in patches if patch.status is PatchStatus.SWAPPED]
    fitted = [_fitted(patch, mode, color, sharpen) for patch in sorted(visible, key=lambda patch: patch.face.size)]
    layers = [one.layer(opacity) for one in fitted if one is not None]
    image = frame.editable() if layers else frame.image
    for layer in layers:
        lay(layer, image)
    hidden = all(one is not None and one.hides_the_face for one in fitted)
    return frame.with_image(image, cleared=hidden and patches.clears(opacity))


class _Fitted(NamedTuple):
    """A patch that is ready to be laid.

    Attributes:
        hides_the_face: False when masks leave so little of it that the bare face may be seen.
    """

    joint: Joint
    to_patch: Doubles
    opacity: float
    hides_the_face: bool

    def layer(self, opacity: float) -> Layer:
        """Returns it as it is laid over the frame."""
        mask = cv2.multiply(self.joint.outline, self.joint.rest, scale=1 / 255)
        return layer_of(self.joint.image, mask, self.to_patch, opacity * self.opacity)


def _fitted(patch: Patch, mode: BlendMode, color: ColorMatch, sharpen: float) -> _Fitted | None:
    """Returns a swapped patch as the settings want it, or None for one without pixels."""
    if patch.image is None or patch.to_patch is None:
        return None
    side = len(patch.image)
    target = patch.image if patch.target is None else patch.target
    outline, rest = outline_of(patch.masks, side), rest_of(patch.masks, side)
    left = cv2.multiply(outline, rest, scale=1 / 255)
    image = matched(patch.image, target, left, color)
    joint = JOINS[mode](Joint(sharpened(image, sharpen), target, outline, rest))
    return _Fitted(joint, patch.to_patch, patch.opacity, share_left(outline, left) >= ENOUGH)
