"""Makes small media files for tests with PyAV: no ffmpeg binary, no fixtures in the repository."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np

from nodes.yuv import BgrToPlanes, coding_of, planes_of

DEMO = Path(__file__).parents[1] / "assets" / "demo.mp4"


@dataclass(frozen=True)
class Clip:
    """A clip to be made; `ticks` are the frames' time stamps in units of `time_base`."""

    width: int = 64
    height: int = 48
    ticks: Sequence[int] = tuple(range(0, 10 * 512, 512))
    time_base: Fraction = Fraction(1, 12800)
    last: int = 512
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    picture: Callable[[int, int, int], np.ndarray] | None = None
    matrix: int = 1
    transfer: int = 1
    color_range: int = 1
    tagged: bool = True
    rotate_ccw: int = 0
    mirrored: bool = False
    sound: str | None = None
    sound_layout: str = "stereo"
    sound_rate: int = 48000
    sound_streams: int = 1
    subtitles: bool = False
    metadata: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=lambda: {"crf": "12", "preset": "ultrafast", "bf": "0"})
    movie_timescale: int = 12800


def make_clip(path: Path, clip: Clip = Clip()) -> Path:
    """Writes the clip and returns its path."""
    ends = clip.ticks[-1] * clip.time_base + Fraction(1, 25) if clip.ticks else Fraction(1)
    muxer = {"movie_timescale": str(clip.movie_timescale)} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(path), "w", container_options=muxer) as container:
        container.metadata.update(clip.metadata)
        video = container.add_stream(clip.codec, options=dict(clip.options))
        context = video.codec_context
        video.width, video.height, video.pix_fmt = clip.width, clip.height, clip.pix_fmt
        context.time_base, video.time_base = clip.time_base, clip.time_base
        context.thread_count = 1
        if clip.tagged:
            context.colorspace, context.color_range = clip.matrix, clip.color_range
            context.color_primaries, context.color_trc = 1, clip.transfer
        if clip.rotate_ccw or clip.mirrored:
            video.set_display_rotation(clip.rotate_ccw, hflip=clip.mirrored)
        sounds = [_add_sound(container, clip, index) for index in range(clip.sound_streams if clip.sound else 0)]
        for number, tick in enumerate(clip.ticks):
            _mux(container, video.encode(_frame(clip, number, tick)), clip)
        _mux(container, video.encode(None), clip)
        for stream in sounds:
            _write_sound(container, stream, clip, float(ends))
    return path


def gradient(width: int, height: int, number: int = 0) -> np.ndarray:
    """A picture whose corners can be told apart: blue grows to the right, green downwards; red tells the number."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(20, 235, width, dtype=np.uint8)[None, :]
    image[..., 1] = np.linspace(20, 235, height, dtype=np.uint8)[:, None]
    image[..., 2] = 40 + (number * 8) % 180
    return image


def packets_of(path: Path, kind: str = "audio", index: int = 0) -> list[tuple[Fraction, Fraction, bytes]]:
    """Returns (pts in s, duration in s, bytes) of every packet of a stream."""
    with av.open(str(path)) as container:
        stream = [stream for stream in container.streams if stream.type == kind][index]
        return [
            (packet.pts * packet.time_base, (packet.duration or 0) * packet.time_base, bytes(packet))
            for packet in container.demux(stream)
            if packet.pts is not None
        ]


def times_of(path: Path) -> list[Fraction]:
    """Returns the exact presentation times of the decoded frames, in s."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def pictures_of(path: Path) -> list[np.ndarray]:
    """Returns the decoded frames as PyAV gives them (not turned), BGR."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def _frame(clip: Clip, number: int, tick: int) -> av.VideoFrame:
    image = (clip.picture or gradient)(clip.width, clip.height, number)
    if clip.pix_fmt == "yuv420p" and clip.width % 2 == 0 and clip.height % 2 == 0:
        frame = av.VideoFrame(clip.width, clip.height, "yuv420p")
        BgrToPlanes(coding_of(clip.matrix, clip.color_range, clip.height))(image, planes_of(frame))
        frame.color_range = clip.color_range
    else:
        plain = av.VideoFrame.from_ndarray(image, "bgr24")
        frame = plain.reformat(format=clip.pix_fmt, src_color_range=2, dst_color_range=clip.color_range)
    frame.pts, frame.time_base = tick, clip.time_base
    return frame


def _mux(container, packets, clip: Clip) -> None:
    """Encoders leave out durations; the last one of a file is known from nothing else."""
    lasts = dict(zip(clip.ticks, [b - a for a, b in pairwise(clip.ticks)] + [clip.last], strict=True))
    for packet in packets:
        packet.duration = lasts[packet.pts]
        container.mux(packet)


def _add_sound(container, clip: Clip, index: int):
    stream = container.add_stream(clip.sound, rate=clip.sound_rate, layout=clip.sound_layout)
    stream.metadata["language"] = ("eng", "deu", "fra")[index]
    return stream


def _write_sound(container, stream, clip: Clip, seconds: float) -> None:
    step = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.codec_context.format, clip.sound_layout, clip.sound_rate)
    for start in range(0, int(seconds * clip.sound_rate), step):
        time = (np.arange(start, start + step) / clip.sound_rate).astype(np.float32)
        tone = (0.3 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = clip.sound_rate, start, Fraction(1, clip.sound_rate)
        for resampled in resampler.resample(frame):
            container.mux(stream.encode(resampled))
    container.mux(stream.encode(None))
