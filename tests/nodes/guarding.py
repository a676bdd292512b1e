"""What the tests of the guard share: pictures that tell what they show, and what may come from upstream."""

from __future__ import annotations

import numpy as np

from nodes.guard import Guard
from runtime.kinds import Face, Faces, Frame

WIDTH, HEIGHT = 320, 240
BOX = (130, 90, 170, 140)
SWAPPED, EMPTY = 222, 33


def raw_at(time, shape=(HEIGHT, WIDTH)):
    """The camera's picture: a fine chequered pattern stands for a bare face, and any of it that gets out is seen."""
    pattern = np.indices(shape).sum(0) % 2 * 200
    return Frame(np.repeat(pattern[..., None], 3, -1).astype(np.uint8), seq=round(time * 100), time=time)


def composite(raw, *, cleared, level=SWAPPED):
    return raw.with_image(np.full_like(raw.image, level), cleared=cleared)


def face(age=0.0, track=1, box=BOX):
    return Face(np.array(box, np.float32), np.zeros((5, 2), np.float32), 0.9, track=track, age=age)


def look(image):
    """What a picture shows: the level of an even one, `bare` where the pattern is whole, else how far it is blurred."""
    if (image == image[0, 0]).all():
        level = int(image[0, 0, 0])
        return "whole" if level == 100 else level  # the mean of the pattern
    x0, y0, x1, y1 = BOX
    contrast = np.abs(np.diff(image[..., 0].astype(int), axis=1))
    if contrast[y0:y1, x0:x1].max() > 100:
        return "bare"
    return "region" if contrast.max() > 100 else "whole"


class Desk:
    """A guard and a clock; each step says what upstream made of one frame."""

    def __init__(self, **settings):
        self.guard = Guard()
        self.settings = settings

    def step(self, time, frame, faces, shape=(HEIGHT, WIDTH)):
        raw = raw_at(time, shape)
        made = (
            None
            if frame is None
            else composite(raw, cleared=frame != "uncleared", level=EMPTY if faces == Faces() else SWAPPED)
        )
        if frame == "raw":
            made = raw.with_image(raw.image, cleared=True)
        result = self.guard(made, faces, raw, **self.settings)
        assert result.cleared
        assert (result.seq, result.time, result.image.shape) == (raw.seq, raw.time, raw.image.shape)
        return look(result.image)


SEEN, NONE, LOST, BLIND = Faces((face(),)), Faces(), Faces((face(0.1),)), Faces((), detected=False)
GOOD, BAD, BARE = "cleared", "uncleared", "raw"
