"""Draws a contact sheet: frames of a clip above the same frames with the face swapped, to look at what a swap does.

    python scripts/contact_sheet.py assets/source_a.jpg --out docs/images/swap_source_a.jpg
    python scripts/contact_sheet.py assets/source_b.jpg --clip holiday.mp4 --frames 12 --whole --out sheet.png
    python scripts/contact_sheet.py assets/source_a.jpg --hero --out docs/images/hero.jpg

Every frame goes through the nodes detect, cache, swap and blend, because detect follows faces from frame to frame.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from models.session import ModelStore  # noqa: E402
from nodes.blend import blend  # noqa: E402
from nodes.cache import Cache  # noqa: E402
from nodes.detect import Detect  # noqa: E402
from nodes.source import AnySource  # noqa: E402
from nodes.swap import Swap  # noqa: E402
from runtime import Faces, Frame, Image  # noqa: E402
from runtime.testing import make_context  # noqa: E402

TILE_PX = (256, 312)
HERO_PX = 420
HERO_REACH = 2.2
HERO_PLACE = 0.68  # of the clip: the face turned a little, its mouth nearly closed
JPEG_QUALITY = 88


class Shot(NamedTuple):
    """A frame before and after."""

    before: Frame
    after: Frame
    faces: Faces


def main() -> None:
    """Reads the arguments, runs the clip, writes the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("source", type=Path, help="picture of the source person")
    parser.add_argument("--clip", type=Path, default=ROOT / "assets" / "demo.mp4", help="target: a video or a picture")
    parser.add_argument("--frames", type=int, default=6, help="how many, spread over the clip")
    parser.add_argument("--whole", action="store_true", help="whole frames, not only the largest face")
    parser.add_argument("--hero", action="store_true", help="one row: source, target, result")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    shots = list(run(arguments.source, arguments.clip))
    if arguments.hero:
        picture = hero(arguments.source, shots[int(len(shots) * HERO_PLACE)])
    else:
        chosen = np.linspace(0, len(shots) - 1, arguments.frames + 1)[:-1].round().astype(int)
        picture = sheet([shots[index] for index in chosen], whole=arguments.whole)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if arguments.out.suffix == ".jpg" else []
    cv2.imwrite(str(arguments.out), picture, options)
    print(f"{arguments.out}: {picture.shape[1]} x {picture.shape[0]}, {arguments.out.stat().st_size / 1000:.0f} kB")


def run(source: Path, clip: Path) -> Iterator[Shot]:
    """Yields every frame of a clip before and after the swap."""
    context = make_context("file", ModelStore())
    detect, cache, swap = Detect(context), Cache(context), Swap(context, face=str(source))
    reader = AnySource(context, uri=str(clip))
    seq = 0
    while (picture := reader.read()) is not None:
        pts = picture.pts or 0
        frame = Frame(picture.image, seq, pts=pts, time=float(pts))
        faces = cache(frame, detect(frame))
        yield Shot(frame, blend(frame, swap(frame, faces)), faces)
        seq += 1
    reader.close()


def sheet(shots: list[Shot], *, whole: bool) -> Image:
    """Returns the shots side by side, before above after."""
    columns = []
    for shot in shots:
        part = (
            np.s_[:, :]
            if whole or not len(shot.faces)
            else around(shot.faces[0].box, shot.before, 1.7, TILE_PX[0] / TILE_PX[1])
        )
        width = TILE_PX[0] if not whole else TILE_PX[1] * shot.before.width // shot.before.height
        tiles = [
            cv2.resize(frame.image[part], (width, TILE_PX[1]), interpolation=cv2.INTER_AREA)
            for frame in (shot.before, shot.after)
        ]
        columns.append(np.vstack(tiles))
    return np.hstack(columns)


def around(box: np.ndarray, frame: Frame, reach: float, aspect: float) -> tuple[slice, slice]:
    """Returns the part of a frame about a face, `reach` times as high and of this aspect, kept inside the frame."""
    height = min(reach * float((box[2:] - box[:2]).max()), frame.height, frame.width / aspect)
    size = np.array([height * aspect, height])
    corner = np.clip((box[:2] + box[2:]) / 2 - size / 2, 0, np.array([frame.width, frame.height]) - size).astype(int)
    end = corner + size.astype(int)
    return slice(corner[1], end[1]), slice(corner[0], end[0])


def hero(source: Path, shot: Shot) -> Image:
    """Returns source, target and result in one row, each a square."""
    portrait = cv2.imread(str(source))
    side = min(portrait.shape[:2])
    part = around(shot.faces[0].box, shot.before, HERO_REACH, 1)
    images = (portrait[:side, :side], shot.before.image[part], shot.after.image[part])
    return np.hstack([cv2.resize(image, (HERO_PX, HERO_PX), interpolation=cv2.INTER_AREA) for image in images])


if __name__ == "__main__":
    main()
