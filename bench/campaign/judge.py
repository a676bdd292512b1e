"""Says what presented pictures show. It sees pixels and the script, never what the pipeline thinks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain

import cv2
import numpy as np

from bench.campaign.duty import Duty, duties
from bench.campaign.script import LOOK_PX, Script, look_of, number_in
from runtime.kinds import Image

BARE = 0.75
"""Correlation with a quarter of a face from which it is that face: bare ones have 1, blurred ones up to 0.68."""

Rect = tuple[int, int, int, int]
"""x0, y0, x1, y1."""

LABEL_PX = (40, 140)
"""Height and width of the lower left corner where the label is."""


@dataclass(slots=True)
class Verdict:
    """What a run's presented pictures show.

    Attributes:
        shown: how many pictures were `passed`, `held` or `blurred`.
        bare: moments at which somebody was bare who must not be.
        unknown: moments at which somebody was bare whom the detector has not found yet, or has given up.
        unexplained: moments at which the picture was held or blurred without an excuse.
        spans: how many spans of held or blurred pictures there were, by the excuses of their first.
        clear_s: the longest time from when a person had gone, all being well, to a clear picture.
    """

    shown: Counter[str] = field(default_factory=Counter)
    bare: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    unexplained: list[int] = field(default_factory=list)
    spans: Counter[str] = field(default_factory=Counter)
    clear_s: float = 0.0


class Judge:
    """Judges the pictures of one run, in the order in which one sink presents them."""

    def __init__(self, script: Script) -> None:
        self.verdict = Verdict()
        self._script = script
        self._duties: list[Duty] = duties(script)
        self._before = "passed"
        self._upto = 0
        self._seen_in: dict[str, Rect] = {}

    def see(self, index: int, image: Image) -> None:
        """Judges one presented picture."""
        duty = self._duties[index]
        bare = {name for name, places in self._places(index).items() if shows(image, name, places)}
        if bare & duty.hidden:
            self.verdict.bare.append(index)
        elif bare:
            self.verdict.unknown.append(index)
        kind = self._kind(index, image)
        self.verdict.shown[kind] += 1
        self._explain(index, kind, duty)

    def _places(self, index: int) -> Mapping[str, Rect]:
        """Returns the part of the picture in which each face has been so far: a held picture shows an earlier place."""
        for name, (x, y) in chain.from_iterable(m.people.items() for m in self._script.among(self._upto, index + 1)):
            x0, y0, x1, y1 = self._seen_in.get(name, (x, y, x, y))
            side = LOOK_PX[name]
            self._seen_in[name] = min(x0, x), min(y0, y), max(x1, x + side), max(y1, y + side)
        self._upto = index + 1
        return self._seen_in

    def _kind(self, index: int, image: Image) -> str:
        """Whether everything but faces and label is as in the picture of this moment, or of an earlier one."""
        number = number_in(image)
        if number is None or not self._is_whole(number, image):
            return "blurred"
        return "passed" if number == index else "held"

    def _is_whole(self, number: int, image: Image) -> bool:
        source = self._script.picture(number)
        if source.shape != image.shape:
            return False
        same = (source == image).all(-1)
        same[-LABEL_PX[0] :, : LABEL_PX[1]] = True
        for name, (x, y) in self._script.moments[number].people.items():
            same[max(y, 0) : max(y + LOOK_PX[name], 0), max(x, 0) : max(x + LOOK_PX[name], 0)] = True
        return bool(same.all())

    def _explain(self, index: int, kind: str, duty: Duty) -> None:
        begins, self._before = kind != "passed" and self._before == "passed", kind
        if kind == "passed":
            return
        if not duty.excuses:
            self.verdict.unexplained.append(index)
        if begins:
            self.verdict.spans[" + ".join(sorted(duty.excuses)) or "nothing"] += 1
        if not duty.present:
            gone = index
            while gone and self._duties[gone - 1].excuses and not self._duties[gone - 1].present:
                gone -= 1
            self.verdict.clear_s = max(self.verdict.clear_s, duty.time - self._duties[gone].time)


def shows(image: Image, name: str, within: Rect) -> bool:
    """Whether any quarter of somebody's bare face is in a part of a picture."""
    x0, y0, x1, y1 = within
    part = np.ascontiguousarray(image[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0), 1])
    half = LOOK_PX[name] // 2
    if min(part.shape) < half:
        return False
    return any(cv2.matchTemplate(part, one, cv2.TM_CCOEFF_NORMED).max() > BARE for one in _quarters(name))


@cache
def _quarters(name: str) -> list[Image]:
    half = LOOK_PX[name] // 2
    look = look_of(name)[..., 1]
    return [np.ascontiguousarray(look[y : y + half, x : x + half]) for y in (0, half) for x in (0, half)]
