"""Saves the picture that was presented last. Knows no image format: somebody else writes the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from runtime.engine import Engine
from runtime.kinds import Frame
from runtime.node import Context
from runtime.view import Refused

SavePicture = Callable[[Frame, Path, Context], None]
"""Writes a frame into a new image file, with what there is to say about how it was made; raises `DlcError`."""

PATIENCE_S = 2.0
"""How long to wait for a frame where none is held."""


def save_picture(engine: Engine, file: str, save: SavePicture) -> str:
    """Saves what was presented last, in a file graph what is presented next; returns a sentence with the file's path.

    Args:
        engine: the run.
        file: a name, or nothing for one with the graph's name and the time, in the working directory.
        save: writes the file.

    Raises:
        Refused: there is no picture, or the file is there already.
    """
    path = Path(file).expanduser() if file else _free_name(engine.graph.name)
    if path.exists():
        raise Refused(f"{path} is there already", "give another name")
    frame = engine.crew.shown.take(PATIENCE_S)
    if frame is None:
        raise Refused("no picture has been presented yet", "resume the run, or take a step")
    save(frame, path, engine.context)
    return f"saved {path.resolve()}"


def _free_name(graph: str) -> Path:
    stem = f"{graph}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = [stem, *(f"{stem}-{number}" for number in range(2, 100))]
    return next((path for name in names if not (path := Path(f"{name}.png")).exists()), Path(f"{stem}.png"))
