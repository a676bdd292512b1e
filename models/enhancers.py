"""Enhancers: aligned patches of faces in, the same faces sharper out. They keep nothing from one call to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.tensors import SIGNED, run_rows
from runtime.errors import ModelError
from runtime.kinds import Image
from runtime.node import Session

WEIGHT = "weight"
"""The input of CodeFormer that says how far it may leave its picture."""


@dataclass(frozen=True, slots=True)
class Restorer:
    """What one enhancer wants: the alignment and the side of its patches; and whether it takes a weight."""

    template: str
    size_px: int
    weighted: bool = False


RESTORERS: Mapping[str, Restorer] = {
    "gfpgan_1.4": Restorer("ffhq_512", 512),
    "codeformer": Restorer("ffhq_512", 512, weighted=True),
    "gpen_bfr_256": Restorer("arcface_128", 256),
    "gpen_bfr_512": Restorer("ffhq_512", 512),
}
"""As FaceFusion aligns and feeds these files; all of them take and give RGB, -1 to 1."""


class Enhancer:
    """Restores the faces of a frame in one run, where the file leaves the batch free.

    Args:
        session: the network.
        restorer: what it wants.
    """

    def __init__(self, session: Session, restorer: Restorer) -> None:
        self.restorer = restorer
        self._session = session
        names = [item.name for item in session.inputs]
        if (WEIGHT in names) != restorer.weighted:
            wanted = "takes a weight too" if restorer.weighted else "takes no weight"
            raise ModelError(
                f"the network takes {', '.join(names)}, but this kind of model {wanted}: it is another kind"
            )
        self._picture = next(name for name in names if name != WEIGHT)

    def __call__(self, patches: Image, weight: float = 0.5) -> Image:
        """Returns restored patches, uint8 [N, S, S, 3] BGR as they came, aligned by the restorer's template.

        `weight` is for CodeFormer: 0 for the best looks, 1 for the greatest likeness to the patch.
        """
        if not len(patches):
            return patches
        fixed = {WEIGHT: np.array([weight])} if self.restorer.weighted else None
        answer = run_rows(self._session, {self._picture: SIGNED.tensor(patches)}, fixed)[0]
        return SIGNED.images(answer)
