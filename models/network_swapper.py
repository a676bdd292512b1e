"""A neural swapper with its source person: what stands for the network where patches are made one by one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from models.align import plausible, scale_of, similarity, template
from models.mesh_look import Look
from models.mesh_masks import face_mask, features_mask
from models.neural_swappers import NeuralSwapper
from models.sources import Source
from models.swappers import Keep, Swapped
from runtime.kinds import Doubles, Face, Floats, Image

_FINEST = 0.8
"""Pixels of a patch for each of the frame's from which more cost more than they show."""
_BORDER = 0.12
"""Width of the ramp at a patch's border, where there is no mesh to say where the face ends; a share of its side."""


class NetworkSwapper:
    """Gives a patch to the network; the mask is the mesh's face where there is a mesh, else a soft square.

    Args:
        network: the swapper.
        source: the person.
        size_px: the largest side of a patch; what exceeds the network's own is swapped in parts (pixel boost).
    """

    def __init__(self, network: NeuralSwapper, source: Source, size_px: int) -> None:
        own = network.family.size_px
        if size_px % own:
            raise ValueError(f"patches of {size_px} px are no multiple of the network's {own}")
        self.template = network.family.template
        self.finest = _FINEST
        self.sides = tuple(range(own, size_px + 1, own))
        self._own = own
        self.network = network
        self.source = source

    def span(self, face: Face) -> float | None:
        """Returns how many px of the frame are to be seen in a patch, or None for points that are no face's."""
        points = np.asarray(face.points, np.float64)
        return self._own / scale_of(self._aligned(points)) if plausible(points) else None

    def alignment(self, face: Face, size_px: int) -> Doubles:
        """Returns the transform from frame px to patch px."""
        scale = size_px / self._own
        matrix = self._aligned(np.asarray(face.points, np.float64)) * scale
        matrix[:, 2] += (scale - 1) / 2  # pixel centres are whole numbers
        return matrix

    def _aligned(self, points: Doubles) -> Doubles:
        return similarity(points, template(self.template, self._own))

    def swap(
        self, target: Image, landmarks: Floats | None, keep: Keep, last: Look | None = None, share: float = 1
    ) -> Swapped:
        """Returns the source's face over a patch uint8 [N, N, 3 or 4]; light and look are the network's affair."""
        del last, share
        return swap_together([self], [target], [landmarks], [self.source.row], keep)[0]


def swap_together(
    swappers: Sequence[NetworkSwapper], targets: Sequence[Image], landmarks: Sequence[Floats | None],
    rows: Sequence[Floats], keep: Keep,
) -> list[Swapped]:  # fmt: skip
    """Returns what each swapper makes of its patch, told of a person by its row, by one run for each side.

    All are of one network.
    """
    images: dict[int, Image] = {}
    sides = [len(target) for target in targets]
    for side in sorted(set(sides)):
        chosen = [index for index, own in enumerate(sides) if own == side]
        patches = np.stack([targets[index][..., :3] for index in chosen])
        source = np.concatenate([rows[index] for index in chosen])
        images |= dict(zip(chosen, swappers[0].network(patches, source), strict=True))
    return [
        Swapped(images[index], _masks(points, side, keep))
        for index, (points, side) in enumerate(zip(landmarks, sides, strict=True))
    ]


def _masks(landmarks: Floats | None, side: int, keep: Keep) -> dict[str, Image]:
    if landmarks is None or not plausible(landmarks[:, :2]):
        return {"shape": soft_square(side, _BORDER).copy()}
    points = np.ascontiguousarray(landmarks[:, :2])
    masks = {"shape": face_mask(points, side)}
    if keep.eyes or keep.mouth or keep.brows:
        masks["features"] = features_mask(points, side, eyes=keep.eyes, mouth=keep.mouth, brows=keep.brows)
    return masks


@lru_cache(maxsize=8)
def soft_square(side: int, border: float) -> Image:
    """Returns 255 within and 0 at the border, uint8 [side, side]; the ramp has that share of the side."""
    ramp = np.clip(np.minimum(np.arange(side), np.arange(side)[::-1]) / (border * side), 0, 1)
    ramp = ramp**2 * (3 - 2 * ramp)
    return np.rint(255 * np.outer(ramp, ramp)).astype(np.uint8)
