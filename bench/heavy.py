"""A plug-in that costs what it is told to: an edge-preserving filter over the whole picture. For `bench/heavy.yaml`."""

from typing import Annotated

import cv2

from runtime import Count, Eases, Frame, node


@node
def soften(frame: Frame, *, passes: Count = 1, diameter: Annotated[Count, Eases((5, 3))] = 5) -> Frame:
    """Smooths skin and walls and leaves edges.

    Settings:
        passes: how often.
        diameter: of the filter, px.
    """
    image = frame.image
    for _ in range(passes):
        image = cv2.bilateralFilter(image, diameter, 30, 5)
    return frame.with_image(image)
