"""A run can be left while a change of its graph hangs: a node that is never made, a plug-in whose code never ends."""

import contextlib
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from runtime.engine_process import EngineProcess
from runtime.program import Job
from tests.terminal import Terminal, be_private, own_graph, until

PROGRAM = "commands.serving:open_program"
PATIENCE_S = 20

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of other systems")

HANGS = f"""\
import sys, threading
from pathlib import Path
from runtime import Frame, node


def never(folder=Path(__file__).parent):
    (folder / "reached").touch()
    threading.Event().wait({3 * PATIENCE_S})


@node
class Hanging:
    def __init__(self) -> None:
        never()

    def __call__(self, frame: Frame) -> Frame:
        return frame
"""


class Graph:
    """A graph file that can be changed into one that is never ready."""

    def __init__(self, folder):
        self._file = own_graph(folder)
        self._reached = folder / "reached"
        (folder / "made.py").write_text(HANGS)
        (folder / "read.py").write_text(HANGS + "\n\nnever()\n")
        self.name = str(self._file)

    def hang(self, where):
        text = self._file.read_text()
        if where == "made":
            text = text.replace("type: label,", "type: hanging,")
        self._file.write_text(f"plugins: [{where}.py]\n{text}")

    def wait_hung(self):
        until(self._reached.exists, "a change that hangs")


@pytest.fixture
def graph(tmp_path, monkeypatch):
    be_private(tmp_path, monkeypatch)
    return Graph(tmp_path)


@pytest.mark.parametrize("where", ["made", "read"])
@pytest.mark.parametrize("watch", [True, False])
def test_the_engines_process_ends_in_order_at_once(graph, where, watch):
    process = EngineProcess(PROGRAM)
    with ThreadPoolExecutor(2) as pool:
        try:
            link = process.begin(Job(graph.name, watch=watch))
            until(lambda: link.now().presented >= 5, "frames")
            graph.hang(where)
            if not watch:
                pool.submit(link.do, "reload")
            graph.wait_hung()
            presented = link.now().presented
            until(lambda: link.now().presented > presented + 5, "frames of the graph as it was")
            end = pool.submit(process.finish).result(PATIENCE_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process._process.pid, signal.SIGKILL)
    assert (end.code, end.error) == (0, "")
    assert "live_balanced (live):" in end.report
    assert process._process.returncode == 0


def test_q_leaves_the_dashboard(graph):
    terminal = Terminal("run", graph.name, "--watch")
    terminal.until(b"RUNNING")
    graph.hang("made")
    graph.wait_hung()
    terminal.type(b"q")
    assert terminal.wait() == 0
    assert b"live_balanced (live):" in terminal.out
    assert terminal.is_plain()


def test_ctrl_c_ends_a_run_without_a_dashboard(graph):
    terminal = Terminal("run", graph.name, "--watch", "--no-tui")
    terminal.until(b"fps")
    graph.hang("made")
    graph.wait_hung()
    os.kill(terminal.pid, signal.SIGINT)
    assert terminal.wait() == 130
    os.close(terminal.file)
    assert b"a change of the graph hangs; it is given up" in terminal.out
    assert b"live_balanced (live):" in terminal.out
