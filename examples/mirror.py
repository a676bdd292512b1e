"""A node of one's own: mirrors the picture, wholly or in part."""

import cv2

from runtime import Frame, Unit, node


@node
def mirror(frame: Frame, *, mix: Unit = 1.0) -> Frame:
    """Mirrors the picture.

    Settings:
        mix: 0 leaves it, 1 mirrors it, in between both are seen.
    """
    image = frame.editable()
    cv2.addWeighted(cv2.flip(frame.image, 1), mix, image, 1 - mix, 0, dst=image)
    return frame.with_image(image)
