"""Cameras as sources: what they are asked for, how pictures are fitted, and what happens when they fail."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from nodes.source import AnySource
from nodes.source.camera import Camera, fitted, fitted_size
from nodes.source.choice import open_source
from runtime.errors import ConfigurationError, StreamError
from runtime.fake_camera import FakeCamera
from runtime.node import QUALITIES, Quality
from tests.context import stream_context
from tests.media import DEMO, gradient


def opened(camera: FakeCamera, **settings) -> Camera:
    return Camera(stream_context("live"), 0, capture=lambda _: camera, wait_s=5, retry_s=0.001, **settings)


def exhaust(source: Camera) -> None:
    while source.read() is not None:
        pass


def test_a_camera_is_asked_for_the_quality_in_mjpg_with_the_shortest_queue():
    camera = FakeCamera([gradient(960, 540)], fps=200)
    source = opened(camera)
    assert camera.asked == {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"), cv2.CAP_PROP_FRAME_WIDTH: 960,
        cv2.CAP_PROP_FRAME_HEIGHT: 540, cv2.CAP_PROP_FPS: 30, cv2.CAP_PROP_BUFFERSIZE: 1,
    }  # fmt: skip
    source.close()


def test_a_camera_is_live_and_its_pictures_have_no_time_of_their_own():
    source = opened(FakeCamera([gradient(960, 540)]))
    picture = source.read()
    assert picture.pts is None
    np.testing.assert_array_equal(picture.image, gradient(960, 540))
    info = source.info()
    assert (info.live, info.loops, info.origin, info.duration) == (True, False, None, None)
    assert (info.width, info.height, info.rate) == (960, 540, 200)
    source.close()


@pytest.mark.parametrize(
    ("comes", "asked", "becomes"),
    [
        ((1920, 1080), (960, 540), (960, 540)),
        ((1280, 720), (640, 480), (640, 480)),
        ((640, 480), (960, 540), (640, 360)),
        ((640, 360), (1280, 720), (640, 360)),
        ((480, 640), (960, 540), (480, 270)),
        ((641, 479), (1280, 720), (640, 360)),
    ],
)
def test_a_picture_is_cropped_to_the_asked_shape_and_never_enlarged(comes, asked, becomes):
    size = fitted_size(*comes, Quality(*asked, 30))
    assert size == becomes
    assert fitted(gradient(*comes), size).shape == (becomes[1], becomes[0], 3)


def test_the_crop_is_at_the_centre():
    wide = np.zeros((480, 848, 3), np.uint8)
    wide[:, 104:744] = 200
    assert fitted(wide, fitted_size(848, 480, QUALITIES["performance"])).min() == 200


def test_a_camera_that_changes_its_size_gives_pictures_of_one_size():
    source = opened(FakeCamera([gradient(960, 540), gradient(320, 240)], fps=500))
    sizes = {source.read().image.shape for _ in range(10)}
    assert sizes == {(540, 960, 3)}
    source.close()


def test_some_failed_reads_do_no_harm():
    source = opened(FakeCamera([None, None, gradient(960, 540), None, None, None, gradient(960, 540, 3)], fps=1000))
    last = gradient(960, 540, 3)
    assert any(np.array_equal(source.read().image, last) for _ in range(20))
    source.close()


def test_a_camera_that_fails_for_good_is_an_error_that_says_what_to_do():
    source = opened(FakeCamera([gradient(960, 540), None], fps=1000))
    source.read()
    with pytest.raises(StreamError, match=r"camera:0 has stopped giving pictures; check its cable, and close other"):
        exhaust(source)
    source.close()


def test_a_camera_that_does_not_open_is_an_error_that_says_what_to_do():
    with pytest.raises(StreamError, match=r"camera:0 cannot be opened; close other programs that use it, .*camera:1"):
        opened(FakeCamera(opens=False))


def test_a_camera_without_pictures_is_an_error_and_is_released():
    camera = FakeCamera([None], fps=1000)
    with pytest.raises(StreamError, match="opens but gives no picture"):
        opened(camera)
    assert camera.released.wait(5)


def test_close_releases_the_camera():
    camera = FakeCamera([gradient(960, 540)])
    opened(camera).close()
    assert camera.released.is_set()


def test_close_does_not_wait_for_a_read_that_hangs(caplog):
    hang = threading.Event()
    hang.set()
    camera = FakeCamera([gradient(960, 540)], hang=hang)
    source = opened(camera)
    hang.clear()
    assert camera.hanging.wait(5)
    source.close()
    assert not camera.released.is_set()
    assert "does not answer" in caplog.text
    hang.set()
    assert camera.released.wait(5)


def test_a_read_returns_when_the_run_is_ending():
    hang = threading.Event()
    hang.set()
    ending = threading.Event()
    context = replace(stream_context("live"), stop=ending.is_set)
    source = Camera(context, 0, capture=lambda _: FakeCamera([gradient(960, 540)], hang=hang), wait_s=5)
    hang.clear()
    ending.set()
    exhaust(source)
    hang.set()
    source.close()


def test_the_camera_is_opened_on_the_main_thread():
    threads = []

    class Main:
        def call(self, function):
            threads.append("main")
            return function()

        def poll(self, function):
            raise AssertionError

    context = replace(stream_context("live"), main=Main())
    Camera(context, 0, capture=lambda _: FakeCamera([gradient(960, 540)]), wait_s=5).close()
    assert threads == ["main"]


def test_auto_takes_the_first_camera():
    indices = []

    def capture(index):
        indices.append(index)
        return FakeCamera([gradient(960, 540)])

    source = open_source(stream_context("live"), "auto", capture=capture)
    assert indices == [0]
    assert source.info().live
    source.close()


def test_auto_without_a_camera_is_the_demo_clip_and_says_so_in_one_line(caplog):
    with caplog.at_level(logging.INFO):
        source = open_source(stream_context("live"), "auto", capture=lambda _: FakeCamera(opens=False))
    assert source.info().origin == DEMO
    assert source.info().loops
    assert [record.getMessage() for record in caplog.records] == [
        "camera:0 cannot be opened; showing the bundled clip instead (uri: demo: asks for it by name)"
    ]
    source.close()


def test_a_machine_without_cameras_prints_nothing_of_its_own(capfd):
    with pytest.raises(StreamError, match="camera:93 cannot be opened"):
        AnySource(stream_context("live"), uri="camera:93")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("uri", ["camera:", "camera:front", "camera:-1"])
def test_a_camera_needs_a_number(uri):
    with pytest.raises(StreamError, match="ends with a camera's number; the first camera is camera:0"):
        AnySource(stream_context("live"), uri=uri)


def test_a_camera_in_file_mode_is_refused():
    with pytest.raises(ConfigurationError, match="camera:0 has no end and cannot wait; set mode: live"):
        AnySource(stream_context("file"), uri="camera:0")
