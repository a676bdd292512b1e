"""Lays a square of pixels with a mask over a picture, turned and scaled: the only step that sees the frame."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2

from models.align import inverse, reach, scale_of
from runtime.kinds import Doubles, Image


class Layer(NamedTuple):
    """What is laid over the frame.

    Attributes:
        pixels: uint8 [N, N, 4], the new colour multiplied by the mask, and the mask.
        to_layer: frame px to layer px.
    """

    pixels: Image
    to_layer: Doubles


def layer_of(image: Image, mask: Image, to_patch: Doubles, opacity: float) -> Layer:
    """Returns a patch uint8 [N, N, 3] multiplied by its mask and an opacity, ready to be laid."""
    pixels = cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)  # its fourth channel is 255, so it becomes the mask
    pixels = cv2.multiply(pixels, cv2.merge((mask, mask, mask, mask)), scale=opacity / 255)
    return _shrunk(Layer(pixels, to_patch))


def _shrunk(layer: Layer) -> Layer:
    """Averages the pixels of a layer that will lie at half its size or smaller; picking from them would flicker."""
    factor = min(int(scale_of(layer.to_layer)), len(layer.pixels) // 8)
    if factor < 2:
        return layer
    side = len(layer.pixels) // factor
    matrix = layer.to_layer * (side / len(layer.pixels))
    matrix[:, 2] += (side / len(layer.pixels) - 1) / 2  # pixel centres are whole numbers
    return Layer(cv2.resize(layer.pixels, (side, side), interpolation=cv2.INTER_AREA), matrix)


def lay(layer: Layer, image: Image) -> None:
    """Lays a layer over the image, in place: image x (1 - mask) + colour x mask.

    Outside the patch both colour and mask are 0, so there is nothing that could draw a black edge. Colour and mask are
    warped together because OpenCV 5 takes 0.6 ms for four channels of 500 x 560 px, but 1.6 ms for three.
    """
    x0, y0, x1, y1 = _region(layer, image.shape[1], image.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    matrix = layer.to_layer.copy()
    matrix[:, 2] += layer.to_layer[:, :2] @ (x0, y0)
    over = cv2.warpAffine(layer.pixels, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    under = cv2.cvtColor(cv2.bitwise_not(cv2.extractChannel(over, 3)), cv2.COLOR_GRAY2BGR)
    part = image[y0:y1, x0:x1]
    cv2.multiply(part, under, part, scale=1 / 255)
    cv2.add(part, cv2.cvtColor(over, cv2.COLOR_BGRA2BGR), part)


def _region(layer: Layer, width: int, height: int) -> tuple[int, int, int, int]:
    """Returns x0, y0, x1, y1 of the frame's pixels that a layer can reach; x0 >= x1 or y0 >= y1 when there are none."""
    left, top, wide, high = cv2.boundingRect(cv2.extractChannel(layer.pixels, 3))
    if not wide:
        return 0, 0, 0, 0
    x0, y0, x1, y1 = reach(left - 1, top - 1, left + wide, top + high, inverse(layer.to_layer))
    return (
        max(math.floor(x0), 0), max(math.floor(y0), 0),
        min(math.ceil(x1) + 1, width), min(math.ceil(y1) + 1, height),
    )  # fmt: skip
