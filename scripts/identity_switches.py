"""Counts how often people change their number, on clips with truth, with and without identities.

Run it from the repository:  python -m scripts.identity_switches FOLDER [CLIP...]
The clips are made in the folder unless it has them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.truth import Person
from models.session import ModelStore
from nodes.cache import Cache
from nodes.detect import Detect
from nodes.source import AnySource
from runtime.kinds import Face, Faces, Frame
from runtime.node import Context
from runtime.testing import make_context
from tests.clips import make

CLIPS = ("two", "four", "joining", "crossing", "returning", "alone_returning", "cut")


def main() -> None:
    """Prints a line for each clip."""
    folder, *names = sys.argv[1:]
    context = make_context("file", ModelStore())
    print(f"{'clip':16} {'switches':>9} {'with identity':>14} {'made':>5} {'unsure':>7} {'ms a frame':>11}")
    for name in names or CLIPS:
        plain, known = (count(context, name, Path(folder), identity) for identity in (None, "faceres"))
        print(f"{name:16} {plain[0]:9} {known[0]:14} {known[1]:5} {known[2]:6.0%} {known[3] - plain[3]:11.2f}")


def count(context: Context, name: str, folder: Path, identity: str | None) -> tuple[int, int, float, float]:
    """Returns how often a number changed, identities made, share of faces without a sure one, and CPU ms of `cache`."""
    clip = make(name, folder)
    source, detect = AnySource(context, uri=str(clip.file)), Detect(context)
    cache = Cache(context, identity=identity)  # type: ignore[arg-type]
    numbers: dict[str, int] = {}
    switches = unsure = seen = 0
    cpu_s = 0.0
    for index, people in enumerate(clip.truth.frames):
        picture = source.read()
        assert picture is not None  # noqa: S101  # the truth has as many frames
        frame = Frame(picture.image, index, time=index / 30)
        found = detect(frame)
        began = time.process_time()
        faces = cache(frame, found)
        cpu_s += time.process_time() - began
        for person, face in shown(people, faces):
            switches += numbers.get(person.id, face.track) != face.track
            numbers[person.id] = face.track
            unsure += face.identity is None
            seen += 1
    source.close()
    return switches, cache.counters()["misses"], unsure / max(seen, 1), 1000 * cpu_s / len(clip.truth.frames)


def shown(people: tuple[Person, ...], faces: Faces) -> Iterator[tuple[Person, Face]]:
    """Yields who is seen in which face, the nearest one; people who are mostly hidden are left out."""
    for person in people:
        away = [float(np.hypot(*(face.points - person.points).mean(0))) for face in faces.seen()]
        if away and person.visible > 0.5 and min(away) < person.eye_distance / 2:
            yield person, faces.seen()[int(np.argmin(away))]


if __name__ == "__main__":
    main()
