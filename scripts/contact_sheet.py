"""Draws a contact sheet: frames of a clip above the same frames with the face swapped, to look at what a swap does.

    python scripts/contact_sheet.py assets/source_a.jpg --out docs/images/swap_source_a.jpg
    python scripts/contact_sheet.py assets/source_b.jpg --clip holiday.mp4 --frames 12 --whole --out sheet.png
    python scripts/contact_sheet.py assets/source_a.jpg --hero --out docs/images/hero.jpg

Runs a graph as it is. `dlc.py bench quality --sheet FOLDER` draws the same, and judges.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.quality import DEMO, GRAPH  # noqa: E402
from bench.sheet import around, sheet, shot, write_picture  # noqa: E402
from bench.taps import Taps, run_tapped  # noqa: E402
from runtime.kinds import Image  # noqa: E402
from runtime.node import StreamInfo  # noqa: E402

HERO_PX = 420
HERO_REACH = 2.2
HERO_PLACE = 0.68  # of the clip: the face turned a little, its mouth nearly closed


def main() -> None:
    """Reads the arguments, runs the clip, writes the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("source", type=Path, help="picture of the source person")
    parser.add_argument("--clip", type=Path, default=DEMO, help="target: a video or a picture")
    parser.add_argument("--graph", type=Path, default=GRAPH, help="what swaps")
    parser.add_argument("--frames", type=int, default=6, help="how many, spread over the clip")
    parser.add_argument("--whole", action="store_true", help="whole frames, not only the largest face")
    parser.add_argument("--hero", action="store_true", help="one row: source, target, result")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pictures: list[Taps] = []

    def take(taps: Taps, info: StreamInfo) -> None:
        total = info.frame_count or 1
        places = [int(total * HERO_PLACE)] if arguments.hero else np.linspace(0, total, arguments.frames + 1)[:-1]
        if taps.raw.seq in np.round(places).astype(int):
            pictures.append(taps)

    run_tapped(arguments.graph, str(arguments.clip.absolute()), str(arguments.source.absolute()), take)
    picture = (
        hero(arguments.source, pictures[0])
        if arguments.hero
        else sheet([shot(taps, whole=arguments.whole) for taps in pictures])
    )
    write_picture(picture, arguments.out)
    print(f"{arguments.out}: {picture.shape[1]} x {picture.shape[0]}, {arguments.out.stat().st_size / 1000:.0f} kB")


def hero(source: Path, taps: Taps) -> Image:
    """Returns source, target and result in one row, each a square."""
    portrait = cv2.imread(str(source))
    side = min(portrait.shape[:2])
    part = around(taps.faces[0].box, taps.raw, HERO_REACH, 1)
    images = (portrait[:side, :side], taps.raw.image[part], taps.composite.image[part])
    return np.hstack([cv2.resize(image, (HERO_PX, HERO_PX), interpolation=cv2.INTER_AREA) for image in images])


if __name__ == "__main__":
    main()
