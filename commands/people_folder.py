"""Writes the people of a video into a folder: a contact sheet, a picture of each, and a graph to edit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from commands.scanning import Found
from nodes.likeness import THUMBNAIL, as_jpeg
from runtime.errors import ConfigurationError
from runtime.kinds import Image
from runtime.words import value_text

COLUMNS = 6
"""Pictures of a person on the sheet."""

_TEXT, _GAP = 420, 8
_HEIGHT = THUMBNAIL + _GAP

GRAPH = """\
# The people of {video}, as found by `dlc.py faces scan`: look at sheet.jpg, and write below who gets which face.
# A name is that of a picture: rename both together. Then:  dlc.py run {folder}/swap.yaml -s FACE.jpg -o OUT.mp4
name: {name}
mode: file                    # every frame, in order, nothing dropped

nodes:
  video:     {{type: source, uri: {uri}}}
  faces:     {{type: detect, in: video, model: blazeface_full}}
  known:
    type: cache
    in: [video, faces]
    people:
{people}
  swapped:
    type: swap
    in: [video, known]
    face: FACE.jpg            # for everybody who is not in `map`, where others is swap
    others: leave             # swap, blur, or leave them bare
    map:
{map}
  composite: {{type: blend, in: [video, swapped]}}
  written:   {{type: sink, in: composite}}
"""


class PeopleFolder:
    """A folder that appears under its name when it is whole; raises `ConfigurationError` when there is one already."""

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise ConfigurationError(f"{path}: is there already; move it away, or name another folder with --to")
        if not path.absolute().parent.is_dir():
            raise ConfigurationError(f"{path}: there is no folder {path.parent}; make it first")
        self.path = path

    def write(self, video: Path, people: Sequence[Found]) -> None:
        """Writes everything beside its place, and gives it its name."""
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        try:
            temporary.mkdir()
            as_jpeg(sheet(people)).tofile(temporary / "sheet.jpg")
            for index, person in enumerate(people, 1):
                as_jpeg(person.pictures[0]).tofile(temporary / f"person_{index}.jpg")
            (temporary / "swap.yaml").write_text(self._graph(video, people), encoding="utf-8")
            temporary.rename(self.path)
        except OSError as error:
            raise ConfigurationError(f"{self.path}: cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def _graph(self, video: Path, people: Sequence[Found]) -> str:
        names = [f"person_{index}" for index in range(1, len(people) + 1)]
        notes = [f"# {told(person)}" for person in people]
        uri = Path(os.path.relpath(video.absolute(), self.path.absolute())).as_posix()
        return GRAPH.format(
            video=video.name, folder=self.path, name="_".join(video.stem.split()) or "people", uri=value_text(uri),
            people="\n".join(f"      - {name}.jpg" for name in names),
            map="\n".join(f"      {name}: FACE.jpg   {note}" for name, note in zip(names, notes, strict=True)),
        )  # fmt: skip


def told(person: Found, ranges: int = 3) -> str:
    """Returns in words how much of a person there is, and when."""
    times = [f"{_clock(start)}-{_clock(end)}" for start, end in person.ranges[:ranges]]
    more = len(person.ranges) - ranges
    return f"{100 * person.share:.0f} % of frames: {', '.join(times)}{f' and {more} more' if more > 0 else ''}"


def sheet(people: Sequence[Found]) -> Image:
    """Returns the contact sheet, uint8 [H, W, 3] BGR: a row for each person."""
    width = COLUMNS * (THUMBNAIL + _GAP) + _TEXT
    image = np.full((max(1, len(people)) * _HEIGHT + _GAP, width, 3), 32, np.uint8)
    for row, person in enumerate(people):
        top = _GAP + row * _HEIGHT
        for column, picture in enumerate(person.pictures[:COLUMNS]):
            left = _GAP + column * (THUMBNAIL + _GAP)
            image[top : top + THUMBNAIL, left : left + THUMBNAIL] = picture
        x = COLUMNS * (THUMBNAIL + _GAP) + 2 * _GAP
        lines = [f"person_{row + 1}", *told(person).split(": ", 1)]
        for index, line in enumerate(lines):
            place = (x, top + 26 + 26 * index)
            cv2.putText(image, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (230, 230, 230), 1, cv2.LINE_AA)
    return image


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
