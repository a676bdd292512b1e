"""Writes all clips, or those named: python -m tests.clips FOLDER [NAME...]."""

import sys
from pathlib import Path

from tests.clips import NAMES, make
from tests.clips.scenes import RECIPES

if len(sys.argv) < 2 or not set(sys.argv[2:]) <= set(NAMES):
    sys.exit(f"{__doc__}\nNAME is one of {', '.join(NAMES)}.")
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name in sys.argv[2:] or NAMES:
    clip = make(name, folder)
    size = f"{clip.truth.width} x {clip.truth.height}, {len(clip.truth.frames)} frames"
    print(f"{clip.file}: {size}: {RECIPES[name].about}")  # noqa: T201
