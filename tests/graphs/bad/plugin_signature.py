"""A plug-in whose setting stands among the inputs."""

from runtime import Frame, node


@node
def mix(frame: Frame, amount: float) -> Frame:
    return frame
