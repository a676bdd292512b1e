"""Masks that networks make: for all faces of a frame in one run, not in every frame, and moved with the face meanwhile.

What the network sees are the target's pixels: what lies in front of a face is in them, and not in the swapped ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from nodes.cadence import Cadence, Seen, Turn, points_of
from runtime.kinds import Doubles, Frame, Image, Patch

Network = Callable[[Image], Image]
"""Gives masks uint8 [N, S, S] of pictures uint8 [N, S, S, 3]."""


class NetworkMasks:
    """The masks of one network for the faces of a stream.

    Args:
        side: of what it sees, px.

    Attributes:
        runs, moved: for how many faces it ran, and how many got an earlier mask.
    """

    def __init__(self, side: int) -> None:
        self._side = side
        self._cadence = Cadence[Image]()
        self.runs = self.moved = 0

    def masks(
        self, frames: Sequence[tuple[Frame, Sequence[Patch]]], network: Network, every: int, made_with: object = None
    ) -> list[list[Image]]:
        """Returns a mask for each patch of each frame, uint8 [N, N]; the network runs once for all that are due.

        `made_with` is what else the masks depend on: with another one they are made anew.
        """
        try:
            turns = [self._turns(frame, patches, every, made_with) for frame, patches in frames]
            pairs = [
                (patch, turn)
                for (_, patches), own in zip(frames, turns, strict=True)
                for patch, turn in zip(patches, own, strict=True)
            ]
            self._run([(patch, turn) for patch, turn in pairs if turn.fresh], network)
        finally:
            self._cadence.forget_unmade()
        self.moved += sum(not turn.fresh for _, turn in pairs)
        drawn = iter([_drawn(turn, _side(patch)) for patch, turn in pairs])
        return [[next(drawn) for _ in patches] for _, patches in frames]

    def _turns(self, frame: Frame, patches: Sequence[Patch], every: int, made_with: object) -> list[Turn[Image]]:
        seen = [Seen(patch.face, _scaled(points_of(patch), self._side / _side(patch))) for patch in patches]
        return self._cadence.turns(frame, seen, every, made_with)

    def _run(self, due: Sequence[tuple[Patch, Turn[Image]]], network: Network) -> None:
        if not due:
            return
        for (_, turn), mask in zip(due, network(np.stack([self._input(patch) for patch, _ in due])), strict=True):
            turn.made.answer = mask
        self.runs += len(due)

    def _input(self, patch: Patch) -> Image:
        target = patch.image if patch.target is None else patch.target
        assert target is not None  # noqa: S101  # a patch that is to be masked has pixels
        way = cv2.INTER_AREA if len(target) > self._side else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(target, (self._side, self._side), interpolation=way), np.uint8)


def _side(patch: Patch) -> int:
    assert patch.image is not None  # noqa: S101  # a patch that is to be masked has pixels
    return len(patch.image)


def _scaled(points: Doubles, scale: float) -> Doubles:
    """Returns points in the px of a grid so much finer; pixel centres are whole numbers."""
    return (points + 0.5) * scale - 0.5


def _drawn(turn: Turn[Image], side: int) -> Image:
    mask = turn.made.got()
    if turn.move is not None:
        mask = cv2.warpAffine(mask, turn.move, mask.shape, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    way = cv2.INTER_AREA if len(mask) > side else cv2.INTER_LINEAR
    return np.array(cv2.resize(mask, (side, side), interpolation=way), np.uint8)
