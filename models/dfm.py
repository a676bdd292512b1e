"""DFM files, DeepFaceLive's trained swappers: one person each, so there is no source. Keeps nothing between calls."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.cards import DFM, DFM_FILE
from models.tensors import finite, fixed_length, pixels, run_rows
from runtime.errors import ModelError
from runtime.kinds import Floats, Image
from runtime.node import Session

TEMPLATE = "dfl_whole_face"
PIXELS = pixels(0, 255, "BGR", last=True)
FACE, MORPH = "in_face:0", "morph_value:0"


def is_dfm(model: str) -> bool:
    """Returns whether a model is a DFM file: one that was imported (`dfm:NAME`), or a path."""
    return model.startswith(DFM) or model.endswith(DFM_FILE)


def dfm_name(model: str) -> str:
    """Returns whose file it is, as its name says."""
    return model.removeprefix(DFM) if model.startswith(DFM) else Path(model).stem


class DfmAnswer(NamedTuple):
    """What a DFM file gives for N patches.

    Attributes:
        images: the trained person's face, uint8 [N, S, S, 3] BGR.
        masks: where both the target's and the new face are, uint8 [N, S, S].
    """

    images: Image
    masks: Image


class Dfm:
    """Swaps the faces of a frame in one run, where the file leaves the batch free."""

    def __init__(self, session: Session) -> None:
        self._session = session
        names = [item.name for item in session.inputs]
        if FACE not in names:
            raise ModelError(f"a DFM file takes {FACE}, this network {', '.join(names)}: it is another kind")
        side = fixed_length(session.inputs[names.index(FACE)], 1)
        if side is None:
            raise ModelError("the DFM file does not say how large its faces are")
        self.size_px = side
        self.morphs = MORPH in names
        """Whether it can be told how much of the target's own features to keep."""

    def __call__(self, patches: Image, morph: float = 0.75) -> DfmAnswer:
        """Returns the trained person's face over patches uint8 [N, S, S, 3] BGR; `morph` 1 has most of that person."""
        if not len(patches):
            return DfmAnswer(patches, np.empty(patches.shape[:3], np.uint8))
        fixed = {MORPH: np.array([morph])} if self.morphs else None
        answers = run_rows(self._session, {FACE: PIXELS.tensor(patches)}, fixed)
        faces = [answer for answer in answers if answer.shape[-1] == 3]
        masks = [_shares(answer, self.size_px) for answer in answers if answer.shape[-1] != 3]
        if len(faces) != 1 or len(masks) != 2:
            raise ModelError("a DFM file gives one picture and two masks, this network something else")
        return DfmAnswer(PIXELS.images(faces[0]), np.rint(np.minimum(*masks) * 255).astype(np.uint8))


def _shares(answer: Floats, side: int) -> Floats:
    return np.clip(finite(answer).reshape(-1, side, side), 0, 1)
