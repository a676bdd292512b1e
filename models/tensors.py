"""Pictures to tensors and back, and networks over the faces of a frame. Does not know what any network means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from runtime.errors import ModelError
from runtime.kinds import Floats, Image
from runtime.node import Session

Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Pixels:
    """How a network counts colour: (pixel - mean) / std for each channel, in the order of `color`."""

    mean: Triple
    std: Triple
    color: Literal["RGB", "BGR"] = "RGB"
    layout: Literal["NCHW", "NHWC"] = "NCHW"

    def tensor(self, images: Image) -> Floats:
        """Returns pictures uint8 [N, H, W, 3] BGR as the network takes them, float32."""
        ordered = images[..., ::-1] if self.color == "RGB" else images
        if self.layout == "NCHW":
            ordered = ordered.transpose(0, 3, 1, 2)
        values = np.ascontiguousarray(ordered, np.float32)
        values -= self._row(self.mean)
        values /= self._row(self.std)
        return values

    def images(self, tensor: Floats) -> Image:
        """Returns what the network gave as pictures, uint8 [N, H, W, 3] BGR; raises `ModelError` where that is NaN."""
        values = finite(tensor).astype(np.float32) * self._row(self.std) + self._row(self.mean)
        pictures = np.clip(np.rint(values), 0, 255).astype(np.uint8)
        if self.layout == "NCHW":
            pictures = pictures.transpose(0, 2, 3, 1)
        return np.ascontiguousarray(pictures[..., ::-1] if self.color == "RGB" else pictures)

    def _row(self, values: Triple) -> Floats:
        return np.array(values, np.float32).reshape((3, 1, 1) if self.layout == "NCHW" else 3)


def pixels(mean: float, std: float, color: Literal["RGB", "BGR"] = "RGB", *, last: bool = False) -> Pixels:
    """Returns the same rule for all channels; `last` where channels come last (NHWC)."""
    return Pixels((mean,) * 3, (std,) * 3, color, "NHWC" if last else "NCHW")


UNIT = pixels(0, 255)
"""RGB, 0 to 1."""
SIGNED = pixels(127.5, 127.5)
"""RGB, -1 to 1."""
IMAGENET = Pixels((123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
"""RGB with the mean and deviation of ImageNet's pictures."""

REALS = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(double)": np.float64}


def run_rows(session: Session, rows: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> list[Any]:
    """Runs a network over rows: all at once where the file leaves the batch free, else one after another.

    Args:
        session: the network.
        rows: input name to an array [N, ...], N above 0.
        fixed: input name to an array that is the same for all rows.
    """
    inputs = session.inputs
    feeds = {**(fixed or {}), **rows}
    _check_names([item.name for item in inputs], list(feeds))
    feeds = {item.name: feeds[item.name].astype(REALS[item.type], copy=False) for item in inputs}
    if all(fixed_length(item, 0) is None for item in inputs if item.name in rows):
        return session.run(*feeds.values())
    answers = [
        session.run(*(feed[row : row + 1] if name in rows else feed for name, feed in feeds.items()))
        for row in range(len(next(iter(rows.values()))))
    ]
    return [np.concatenate(parts) for parts in zip(*answers, strict=True)]


def finite(answer: Floats) -> Floats:
    """Returns a network's answer; raises `ModelError` if some of it is no number: a mask of those would bare a face."""
    if not np.isfinite(answer).all():
        raise ModelError(
            "the network's answer holds numbers that are none (NaN or infinite): "
            "in half precision some devices do that; use the model's float32 file or another device"
        )
    return answer


def run_images(session: Session, tensor: Floats) -> list[Any]:
    """Runs a network whose one input is a picture, by whatever name, over [N, ...]."""
    return run_rows(session, {session.inputs[0].name: tensor})


def fixed_length(item: Any, axis: int) -> int | None:
    """Returns the length of an input's axis, or None where the file leaves it free."""
    length = item.shape[axis]
    return length if isinstance(length, int) and length > 0 else None


def _check_names(taken: list[str], given: list[str]) -> None:
    if sorted(taken) != sorted(given):
        raise ModelError(
            f"the network takes {', '.join(taken)}, but this kind of model {', '.join(given)}: "
            "it is another kind, or its inputs were renamed"
        )
