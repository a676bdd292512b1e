"""Image files as sources: one frame, or the same one again and again."""

from __future__ import annotations

import struct
from fractions import Fraction

import cv2
import numpy as np
import pytest

from nodes.source import AnySource
from runtime.errors import StreamError
from tests.context import stream_context
from tests.media import gradient


def written(path, image):
    ok, data = cv2.imencode(path.suffix, image)
    assert ok
    path.write_bytes(data.tobytes())
    return path


def opened(path, mode="file") -> AnySource:
    return AnySource(stream_context(mode), uri=str(path))


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".webp", ".jpg", ".JPEG", ".tiff"])
def test_an_image_is_one_frame_in_file_mode(tmp_path, suffix):
    source = opened(written(tmp_path / f"face{suffix}", gradient(64, 48)))
    picture = source.read()
    assert picture.pts == 0
    assert np.abs(picture.image.astype(int) - gradient(64, 48)).mean() < 3
    assert source.read() is None
    assert (source.info().width, source.info().height, source.info().frame_count) == (64, 48, 1)


def test_an_image_repeats_at_the_asked_rate_in_live_mode(tmp_path):
    source = opened(written(tmp_path / "face.png", gradient(64, 48)), "live")
    pictures = [source.read() for _ in range(100)]
    assert [picture.pts for picture in pictures] == [Fraction(number, 30) for number in range(100)]
    assert all(picture.image is pictures[0].image for picture in pictures)
    assert source.info().loops
    assert not source.info().live
    assert source.info().frame_count is None


@pytest.mark.parametrize(
    ("name", "image", "told"),
    [
        ("face.png", np.full((20, 30, 3), 99 * 257, np.uint16), ["has 16 bits a colour"]),
        ("face.tif", np.full((20, 30, 3), 99 * 257, np.uint16), ["has 16 bits a colour"]),
        ("face.png", np.full((20, 30, 4), 99, np.uint8), ["has transparent parts"]),
        ("face.webp", np.full((20, 30, 4), 99, np.uint8), ["has transparent parts"]),
        ("face.png", np.full((20, 30, 4), 99, np.uint16), ["has 16 bits a colour", "has transparent parts"]),
        ("face.png", np.full((20, 30, 4), 255, np.uint8), []),
        ("face.png", np.full((20, 30), 99, np.uint8), []),
        ("face.jpg", np.full((20, 30, 3), 99, np.uint8), []),
    ],
)
def test_what_a_frame_cannot_hold_of_an_image_is_told(tmp_path, caplog, name, image, told):
    opened(written(tmp_path / name, image))
    assert len(caplog.messages) == len(told)
    assert all(words in message for words, message in zip(told, caplog.messages, strict=True))


@pytest.mark.parametrize(
    "image",
    [
        np.full((20, 30, 4), (10, 20, 30, 0), np.uint8),
        np.full((20, 30), 99, np.uint8),
        np.full((20, 30, 3), 99 * 257, np.uint16),
    ],
    ids=["alpha", "grey", "16 bit"],
)
def test_every_png_becomes_three_channels_of_8_bits(tmp_path, image):
    read = opened(written(tmp_path / "face.png", image)).read().image
    assert read.dtype == np.uint8
    assert read.shape == (20, 30, 3)
    assert tuple(read[0, 0]) == ((10, 20, 30) if image.ndim == 3 and image.shape[2] == 4 else (99, 99, 99))


def test_exif_orientation_is_honoured(tmp_path):
    path = written(tmp_path / "phone.jpg", gradient(64, 48))
    tag = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xe1" + struct.pack(">H", len(tag) + 2) + tag + data[2:])
    image = opened(path).read().image
    assert image.shape == (64, 48, 3)
    assert np.abs(image.astype(int) - np.rot90(gradient(64, 48), -1)).mean() < 3


def test_a_name_beyond_ascii_is_read(tmp_path):
    assert opened(written(tmp_path / "Gesicht ü 顔.png", gradient(8, 6))).read().image.shape == (6, 8, 3)


def test_a_broken_image_says_so(tmp_path, capfd):
    path = written(tmp_path / "face.png", gradient(64, 48))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(StreamError, match="is no image that can be decoded"):
        opened(path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(StreamError, match="is no image that can be decoded"):
        opened(tmp_path / "empty.png")


@pytest.mark.parametrize("suffix", [".webp", ".png", ".tif"])
def test_a_file_of_several_pictures_says_that_the_first_is_taken(tmp_path, caplog, suffix):
    pictures = [gradient(64, 48, number) for number in range(3)]
    if suffix == ".tif":
        ok, data = cv2.imencodemulti(suffix, pictures)
    else:
        animation = cv2.Animation()
        animation.frames, animation.durations = pictures, np.full(3, 40, np.int32)
        ok, data = cv2.imencodeanimation(suffix, animation)
    assert ok
    (tmp_path / f"many{suffix}").write_bytes(data.tobytes())
    opened(tmp_path / f"many{suffix}")
    assert "of its 3 pictures only the first is taken" in caplog.text
