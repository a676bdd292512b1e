from runtime import Frame, node


@node
def flip(frame: Frame -> Frame:
    return frame
