"""What several tests of the engine share: a source, one node and a sink in a row."""

from runtime import Frame, node

CHAIN = (
    "mode: {mode}\nnodes:\n  a: {{type: listed}}\n  b: {{type: {type}, in: a{extra}}}\n  c: {{type: collect, in: b}}\n"
)


def chain(kind, mode="file", extra=""):
    return CHAIN.format(type=kind, mode=mode, extra=extra)


def seqs(result, sink="c"):
    return [frame.seq for frame in result.frames[sink]]


@node
def add(frame: Frame, *, amount: int = 1) -> Frame:
    image = frame.editable()
    image += amount
    return frame.with_image(image, cleared=True)


@node
def fails_on_odd(frame: Frame) -> Frame:
    if frame.seq % 2:
        raise ValueError("odd")
    return frame.with_image(frame.image, cleared=True)
