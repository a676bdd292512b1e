"""A node with two outputs, and one that needs no input."""

from typing import NamedTuple

from runtime import Frame, node


class Halves(NamedTuple):
    left: Frame
    right: Frame


@node
def halve(frame: Frame) -> Halves:
    return Halves(frame, frame)


@node
def idle(frame: Frame | None = None) -> Frame:
    return frame
