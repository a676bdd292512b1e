"""A plug-in in which nothing is marked as a node."""


def flip(frame):
    return frame
