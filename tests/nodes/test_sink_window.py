"""Windows as sinks, with a screen where Xvfb is installed, and what happens without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nodes.sink import AnySink
from runtime.errors import ConfigurationError, StreamError
from runtime.kinds import Frame
from runtime.node import StreamInfo
from runtime.signature import spec_of
from tests.context import stream_context
from tests.media import gradient

PROJECT = Path(__file__).parents[2]
on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")


@pytest.fixture
def no_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)


@on_linux
@pytest.mark.usefixtures("no_display")
def test_auto_without_a_display_counts_and_says_so_in_one_line(caplog):
    sink = AnySink(stream_context("live"))
    sink.open(StreamInfo(64, 48))
    for number in range(3):
        sink.write(Frame(gradient(64, 48, number)))
    assert sink.counters() == {"written": 3}
    assert not sink.wants_stop()
    sink.close(ok=True)
    (record,) = caplog.records
    assert record.getMessage() == (
        "no window can be opened: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); "
        "frames are counted, not shown (to: NAME.mp4 records them)"
    )


@on_linux
@pytest.mark.usefixtures("no_display")
def test_a_window_without_a_display_is_an_error():
    with pytest.raises(StreamError, match=r"no window can be opened: there is no display .* set to: null: or"):
        AnySink(stream_context("live"), to="window").open(StreamInfo(64, 48))


@on_linux
def test_a_display_that_does_not_answer_is_an_error_and_not_the_end_of_the_process(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":4711")
    with pytest.raises(StreamError, match="display :4711 does not answer"):
        AnySink(stream_context("live"), to="window").open(StreamInfo(64, 48))


def test_auto_in_file_mode_asks_for_a_file():
    with pytest.raises(ConfigurationError, match=r"in file mode a sink needs a file to write: give -o OUTPUT\.mp4"):
        AnySink(stream_context("file"))


def test_null_counts_in_both_modes():
    for mode in ("live", "file"):
        sink = AnySink(stream_context(mode), to="null:")
        sink.open(StreamInfo(64, 48))
        sink.write(Frame(gradient(64, 48)))
        sink.close(ok=True)
        assert sink.counters() == {"written": 1}


def test_the_node_declares_its_settings():
    spec = spec_of(AnySink)
    assert (spec.role, set(spec.fixed.model_fields)) == (
        "sink",
        {"to", "crf", "preset", "sound", "provenance", "sidecar"},
    )
    assert [(port.name, port.kind) for port in spec.ports] == [("frame", Frame)]


WINDOW_SCRIPT = """
    import threading
    from dataclasses import replace
    import cv2
    from nodes.sink import AnySink
    from nodes.sink import window as window_module
    from runtime.kinds import Frame
    from runtime.node import StreamInfo
    from tests.context import stream_context
    from tests.media import gradient

    context = stream_context("live")
    sink = AnySink(context, to="auto")
    done, shown, pressed = threading.Event(), threading.Event(), [-1]
    real_show, window_module.cv2.pollKey = cv2.imshow, lambda: (cv2.waitKey(1), pressed[0])[1]

    def show(title, image):
        assert threading.current_thread() is threading.main_thread()
        real_show(title, image)
        shown.set()

    window_module.cv2.imshow = show

    def work():
        try:
            sink.open(StreamInfo(320, 240))
            context.main.call(lambda: [sink.write(Frame(gradient(320, 240, n))) for n in range(5)])
            assert shown.wait(10)
            assert sink.counters() == {"written": 5, "shown": 1, "not_shown": 4}, sink.counters()
            assert not sink.wants_stop()
            if MODE == "key":
                pressed[0] = ord("q")
            else:
                context.main.call(lambda: cv2.destroyWindow("dlc: stream"))
            end = threading.Event()
            context.main.poll(lambda: end.set() if sink.wants_stop() else None)
            assert end.wait(10)
            sink.close(True)
            print("passed")
        finally:
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    context.main.serve(done)
    thread.join()
"""


@on_linux
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
@pytest.mark.parametrize("mode", ["key", "closed"])
def test_a_window_shows_the_newest_frame_and_asks_for_the_end(mode, screen):
    script = textwrap.dedent(WINDOW_SCRIPT).replace("MODE", repr(mode))
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, env={**os.environ, "DISPLAY": screen}, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.stdout == "passed\n", ran.stderr


@pytest.fixture(scope="module")
def screen():
    """A virtual screen of its own, on a number that Xvfb picks."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()
