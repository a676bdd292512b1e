"""What a patch looks like along its outline: the three modes of `blend`. Works on patches alone, never on the frame.

All answers depend only on the patch's own pixels and masks, in the patch's own px. So nothing jumps when the mask of
the next frame is a little larger, as it does with solvers that centre a mask by its bounding box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

import cv2

from nodes.blend.membrane import membrane
from runtime.kinds import Image

BlendMode = Literal["feather", "poisson", "multiband"]

_NARROWEST = 16
"""Side of the smallest picture of a pyramid: colour changes over a few of its px."""


class Joint(NamedTuple):
    """A patch on its way into the frame: new and original pixels, uint8 [N, N, 3], and masks [N, N].

    Attributes:
        image: the new pixels.
        target: the original ones.
        outline: where the new pixels lie.
        rest: what is taken out of that, for example a hand in front.
    """

    image: Image
    target: Image
    outline: Image
    rest: Image


def feather(joint: Joint) -> Joint:
    """Leaves the patch as it is: old and new pixels are mixed by its masks."""
    return joint


def poisson(joint: Joint) -> Joint:
    """Shifts the new pixels smoothly so that they have the target's colour along the outline.

    P. Perez et al., "Poisson Image Editing", SIGGRAPH 2003: the picture with the new pixels' gradients and the old
    pixels' border is the new picture plus the membrane that spans the difference at the border.
    """
    lift = membrane(*joint)
    return joint if lift is None else joint._replace(image=cv2.add(joint.image, lift, dtype=cv2.CV_8U))


def multiband(joint: Joint) -> Joint:
    """Changes fine detail over few pixels of the outline and colour over many.

    P. Burt and E. Adelson, "A Multiresolution Spline With Application to Image Mosaics", 1983. Pyramids are linear, so
    one of the difference of both pictures does what the original does with one of each.
    """
    difference = cv2.subtract(joint.image, joint.target, dtype=cv2.CV_16S)
    steep = cv2.addWeighted(joint.outline, 4, joint.outline, 0, -384)  # its half stays where it was
    image = cv2.add(joint.target, _spline(difference, steep), dtype=cv2.CV_8U)
    return joint._replace(image=image, outline=cv2.add(joint.outline, joint.outline))


def _spline(difference: Image, mask: Image) -> Image:
    """Returns the difference times the mask, each octave of the one with as smooth a version of the other."""
    if min(mask.shape) < 2 * _NARROWEST:
        return _times(difference, mask)
    small = cv2.pyrDown(difference)
    size = mask.shape[::-1]
    band = cv2.subtract(difference, cv2.pyrUp(small, dstsize=size))
    return cv2.add(_times(band, mask), cv2.pyrUp(_spline(small, cv2.pyrDown(mask)), dstsize=size))


def _times(band: Image, mask: Image) -> Image:
    return cv2.multiply(band, cv2.merge((mask, mask, mask)), scale=1 / 255, dtype=cv2.CV_16S)


JOINS: Mapping[BlendMode, Callable[[Joint], Joint]] = {"feather": feather, "poisson": poisson, "multiband": multiband}
