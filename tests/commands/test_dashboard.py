"""The dashboard of a real run on a real terminal: what a user does there, and what becomes of it when somebody dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.control import connected, running
from runtime.link import WireLink
from tests.terminal import ROOT, WAIT_S, Terminal, be_private, is_alive, own_graph, state_of, until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    be_private(tmp_path, monkeypatch)


LIVE = ("run", "live_balanced", "-t", "demo:", "-o", "null:")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGKILL, -9)], ids=["TERM", "HUP", "KILL"]
)
def test_a_dashboard_that_is_ended_leaves_neither_engine_nor_broken_terminal(number, code):
    terminal = Terminal(*LIVE)
    terminal.until(b"guarded")
    (engine,) = [pid for pid in terminal.children() if b"runtime.serve" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(terminal.pid, number)
    assert terminal.wait() == code
    until(lambda: not is_alive(engine), "the end of the engine")
    terminal.read()
    assert terminal.is_plain()


def test_q_ends_the_run_and_the_table_stands_below_the_prompt():
    terminal = Terminal(*LIVE)
    terminal.until(b"guarded")
    terminal.until(b"frames flow")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()
    assert b"capture to present" in terminal.out[terminal.out.rfind(b"\x1b[?1049l") :]


def test_ctrl_z_gives_the_terminal_back_until_fg_and_the_engine_goes_on():
    terminal = Terminal(*LIVE, "--control", "here")
    terminal.until(b"frames flow")
    terminal.type(b"\x1a")
    until(lambda: state_of(terminal.pid) == "T", "the dashboard to stand still")
    terminal.read()
    assert terminal.has_plain_screen()
    with connected("here") as wire:
        link = WireLink(wire)
        presented = link.now().presented
        until(lambda: link.now().presented > presented + 10, "frames while the dashboard stands still")
    terminal.out = b""
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.until(b"guarded")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()


def test_a_stopped_dashboard_does_not_stop_the_engine():
    terminal = Terminal(*LIVE, "--control", "here")
    terminal.until(b"guarded")
    os.kill(terminal.pid, signal.SIGSTOP)
    with connected("here") as wire:
        link = WireLink(wire)
        presented = link.now().presented
        until(lambda: link.now().presented > presented + 10, "frames while the dashboard stands still")
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()


def test_after_a_stop_that_nobody_asked_for_one_thread_reads_the_keys():
    terminal = Terminal(*LIVE)
    terminal.until(b"frames flow")
    threads = terminal.threads()
    os.kill(terminal.pid, signal.SIGSTOP)
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.type(b"h")
    terminal.until(b"One step up the ladder")
    assert terminal.threads() <= threads
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()


def test_when_the_engine_is_killed_the_dashboard_says_so_and_leaves_a_plain_terminal():
    terminal = Terminal(*LIVE)
    terminal.until(b"guarded")
    (engine,) = [pid for pid in terminal.children() if b"runtime.serve" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(engine, signal.SIGKILL)
    terminal.until(b"The engine has ended")
    terminal.type(b"q")
    assert terminal.wait() == 1
    assert terminal.is_plain()
    assert b"was ended by SIGKILL" in terminal.out


def test_leaving_an_attached_dashboard_does_not_end_the_run():
    command = [sys.executable, "dlc.py", *LIVE, "--no-tui", "--control", "studio"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as engine:
        try:
            until(lambda: running() == ["studio"], "the name")
            terminal = Terminal("attach")
            terminal.until(b"guarded")
            terminal.type(b"q")
            assert terminal.wait() == 0
            assert terminal.is_plain()
            with connected("studio") as wire:
                link = WireLink(wire)
                presented = link.now().presented
                until(lambda: link.now().presented > presented + 5, "frames after it was left")
                link.do("stop")
            assert engine.wait(WAIT_S) == 0
        finally:
            engine.kill()


def test_without_an_engine_attach_says_how_to_start_one():
    terminal = Terminal("attach")
    assert terminal.wait() == 2
    os.close(terminal.file)
    assert (
        b"no engine can be attached to; one is started with: dlc.py run GRAPH --control NAME --no-tui" in terminal.out
    )


def test_a_graph_that_does_not_check_is_told_before_any_dashboard_opens():
    terminal = Terminal("run", "live_balanced", "--set", "swapped.opacity=2")
    assert terminal.wait() == 2
    os.close(terminal.file)
    assert b"opacity of swapped" in terminal.out.replace(b"\r\n", b" ")
    assert b"\x1b[?1049h" not in terminal.out


def test_a_user_pauses_changes_settings_breaks_and_mends_the_file_saves_and_quits(tmp_path):
    graph = own_graph(tmp_path)
    text = graph.read_text()
    terminal = Terminal("run", str(graph), "--control", "here")
    terminal.until(b"guarded")
    with connected("here") as wire:
        link = WireLink(wire)
        until(lambda: link.now().presented > 5, "frames")

        def setting(name):
            swapped = next(node for node in link.graph().nodes if node.name == "swapped")
            return next(item.value for item in swapped.settings if item.name == name)

        terminal.type(b" ")
        until(lambda: link.now().state == "paused", "the pause")
        presented = link.now().presented
        terminal.type(b".")
        until(lambda: link.now().presented == presented + 1, "one frame")
        terminal.type(b" ")
        until(lambda: link.now().presented > presented + 5, "frames again")
        terminal.type(b"s")
        terminal.until(b"Set node.setting=value")
        terminal.type(b"swapped.opacity=0.8\r")
        until(lambda: setting("opacity") == "0.8", "another opacity")
        terminal.type(b"f")
        terminal.until(b"Face to swap to")
        terminal.type(b"assets/source_b.jpg\r")
        until(lambda: "source_b.jpg" in setting("face"), "another face")
        graph.write_text(text.replace("type: label", "type: lable"))
        terminal.type(b"r")
        terminal.until(b"did you mean 'label'?")
        presented = link.now().presented
        until(lambda: link.now().presented > presented + 5, "frames of the graph as it was")
        assert link.now().graph_version == 1  # the face was put on in a graph of its own
        graph.write_text(text)
        terminal.out = b""
        terminal.type(b"\x1b")
        terminal.until(b"guarded")
        terminal.type(b"r")
        terminal.until(b"nothing has changed")
        terminal.type(b"w")
        until(lambda: "opacity: 0.8" in graph.read_text() and "source_b.jpg" in graph.read_text(), "the saved settings")
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()
