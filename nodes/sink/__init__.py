"""Shows or writes the frames: a window, a video file with its sound, an image, a series of images, or nothing.

    nodes:
      screen: {type: sink, in: guarded, to: auto}                  # a window, or only a count without a display
      file:   {type: sink, in: composite, to: out.mp4, crf: 20}    # same times, same frame count, sound untouched
      shots:  {type: sink, in: composite, to: shots/face_%04d.png} # one image for each frame, from 1
      signed: {type: sink, in: composite, to: signed.mp4, provenance: c2pa, sidecar: true}

`to` is `auto`, `window`, `null:`, or a file name: .mp4 .m4v .mov .mkv for video, .jpg .png .webp .bmp .tif for images.
One image name takes one frame; more frames need a pattern. Files appear under their name only when they are whole.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nodes.sink.address import To
from nodes.sink.choice import Provenance, choose_sink
from nodes.sink.forwarded import Forwarded
from runtime.node import Context, node

Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"]
Crf = Annotated[int, Field(ge=0, le=51)]


@node(name="sink")
class AnySink(Forwarded):
    """Shows or writes frames where `to` says.

    Settings:
        to: `auto`, `window`, `null:`, a video file, an image file, or a pattern of image files.
        crf: H.264 quality, 0 (lossless) to 51; each 6 more halve the size.
        preset: H.264 effort: slower is smaller, not better.
        sound: copy sound, subtitles and chapters of the file that the frames come from.
        provenance: what files say about how they were made: `xmp` (IPTC's digital source type, and a sentence), `c2pa`
            (the same, and a manifest that is signed with a key of your own; needs the extra `provenance`), `none`.
        sidecar: write OUT.dlc.json with the graph, the models and their licences, and digests of all files.
    """

    def __init__(
        self,
        context: Context,
        *,
        to: To = "auto",
        crf: Crf = 18,
        preset: Preset = "veryfast",
        sound: bool = True,
        provenance: Provenance = "xmp",
        sidecar: bool = False,
    ) -> None:
        chosen = choose_sink(context, to, crf=crf, preset=preset, sound=sound, provenance=provenance, sidecar=sidecar)
        super().__init__(chosen)
