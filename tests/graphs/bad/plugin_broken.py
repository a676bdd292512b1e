"""A plug-in that cannot be imported."""

from runtime import Frame, node

SCALE = 1 / 0


@node
def flip(frame: Frame) -> Frame:
    return frame
