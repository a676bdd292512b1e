"""The node types that ship with dlc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2

from nodes.blend import blend
from nodes.cache import Cache
from nodes.detect import Detect
from nodes.enhance import Enhance
from nodes.guard import Guard
from nodes.label import Label
from nodes.mask import Mask
from nodes.sink import AnySink
from nodes.source import AnySource
from nodes.swap import Swap
from runtime.threads import Threads

DEFINITIONS: tuple[Callable[..., Any], ...] = (
    AnySource,
    Detect,
    Cache,
    Swap,
    Enhance,
    Mask,
    blend,
    Label,
    Guard,
    AnySink,
)
"""Everything that a graph may name as a `type` without plug-ins."""


def limit_threads(threads: Threads) -> None:
    """Keeps OpenCV to its share of the machine; the other libraries are told where they are opened."""
    cv2.setNumThreads(threads.opencv)
