"""Engine and dashboard in two processes: real ones, over the bundled clip, and what becomes of one when the other dies."""

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import av
import pytest

from runtime.control import connected, running
from runtime.engine_process import EngineProcess
from runtime.link import WireLink
from runtime.program import Job
from runtime.view import LinkClosed, Refused

ROOT = Path(__file__).parents[2]
PROGRAM = "commands.serving:open_program"
WAIT_S = 60.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of other systems")


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def live(**more):
    return Job("live_balanced", target="demo:", output="null:", **more)


@contextlib.contextmanager
def process_of(job, printed=None):
    with contextlib.closing(EngineProcess(PROGRAM, printed)) as process:
        yield process, process.begin(job)


def until(condition, what):
    """Asks until something is so; the other side answers at its own pace, so this waits for nobody but it."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        select.select([], [], [], 0.02)
    raise TimeoutError(what)


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def pid_of(process):
    return process._process.pid


def test_a_run_is_seen_commanded_and_ended_from_another_process(tmp_path):
    with process_of(live(metrics=str(tmp_path / "m.json"))) as (process, link):
        assert [node.name for node in link.graph().nodes][:2] == ["camera", "faces"]
        until(lambda: link.now().presented >= 20, "frames")
        until(lambda: link.now().age.p50 > 0, "ages")
        assert link.graph().source == "demo.mp4, 960x540 at 30 fps"
        assert link.do("set", setting="swapped.opacity", value="0.9") == "swapped.opacity is 0.9"
        with pytest.raises(Refused, match="opacity of swapped"):
            link.do("set", setting="swapped.opacity", value="2")
        picture = link.do("picture", file=str(tmp_path / "still.png"))
        assert b"digitalsourcetype/" in Path(picture).read_bytes()  # says how it was made
        link.do("pause")
        assert link.now().state == "paused"
        end = process.finish()
    assert (end.code, end.error) == (0, "")
    assert "live_balanced (live):" in end.report
    assert json.loads((tmp_path / "m.json").read_text())["run"]["frames_presented"] >= 20
    assert not is_alive(pid_of(process))
    assert not list((tmp_path / "run" / "dlc").glob("*.log"))


def test_while_swap_is_bypassed_no_bare_face_is_shown():
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 30, "frames")
        link.do("bypass", node="swapped", on=True)
        before = link.now()
        after = until(
            lambda: (now := link.now()).held + now.blurred >= before.held + before.blurred + 5 and now, "cover"
        )
        assert after.cover_reason == "swapped bypassed"
        passed = next(node for node in after.nodes if node.name == "guarded").counters["passed"]
        still = until(lambda: (now := link.now()).blurred >= after.blurred + 5 and now, "blurred frames")
        guard = next(node for node in still.nodes if node.name == "guarded")
        assert guard.counters["passed"] <= passed + 1
        link.do("bypass", node="swapped", on=False)
        until(lambda: next(n for n in link.now().nodes if n.name == "guarded").counters["passed"] > passed + 5, "swaps")
        assert process.finish().code == 0


def test_another_face_is_put_on_while_frames_flow():
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 20, "frames")
        assert link.do("face", file="assets/source_b.jpg") == "swapped: made anew"
        assert link.now().graph_version == 1
        presented = link.now().presented
        now = until(lambda: (now := link.now()).presented >= presented + 20 and now, "frames with the new face")
        assert (now.withheld, now.blurred, now.skipped) == (0, 0, 0)
        with pytest.raises(Refused, match="there is no file"):
            link.do("face", file="assets/source_z.jpg")
        face = next(node for node in link.graph().nodes if node.name == "swapped").settings
        assert "source_b.jpg" in next(setting.value for setting in face if setting.name == "face")
        assert process.finish().code == 0


def test_a_graph_that_does_not_check_is_told_by_the_process_too():
    with process_of(Job("live_balanced", sets=("swapped.opacity=2",))) as (process, link):
        with pytest.raises(LinkClosed, match="opacity") as closed:
            link.now()
        assert closed.value.exit_code == 2
        assert process.finish().code in (1, 2)


def test_a_run_that_cannot_be_loaded_is_told_and_ends(tmp_path):
    job = Job("swap_video", source="assets/source_b.jpg", target="assets/demo.mp4", output=str(tmp_path / "out.png"))
    with process_of(job) as (process, link):
        now = until(lambda: (now := link.now()).state == "failed" and now, "the failure")
        assert "one image cannot hold" in now.reason
        end = process.finish()
    assert end.code == 1
    assert "one image cannot hold" in end.error


def test_what_native_code_prints_goes_to_the_file(tmp_path):
    printed = tmp_path / "run.log"
    with process_of(live(frames=5, log=str(printed)), printed) as (process, link):
        until(lambda: link.now().state == "ended", "the end")
        assert process.finish().code == 0
    assert "nodes are ready" in printed.read_text()


def test_a_killed_engine_is_told_and_leaves_no_file_under_its_name(tmp_path):
    out = tmp_path / "out.mp4"
    job = Job("swap_video", source="assets/source_b.jpg", target="assets/demo.mp4", output=str(out))
    with process_of(job) as (process, link):
        until(lambda: link.now().presented >= 10, "frames")
        os.kill(pid_of(process), signal.SIGKILL)
        with pytest.raises(LinkClosed):
            until(lambda: link.now() and False, "the end")
        end = process.finish()
    assert end.code == 1
    assert "ended by SIGKILL" in end.error
    assert not out.exists()


def test_an_engine_whose_parent_is_gone_ends_in_order_and_marks_its_file_as_partial(tmp_path):
    out = tmp_path / "out.mp4"
    job = Job("swap_video", source="assets/source_b.jpg", target="assets/demo.mp4", output=str(out))
    with process_of(job) as (process, link):
        until(lambda: link.now().presented >= 10, "frames")
        link.close()
        process._process.wait(WAIT_S)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["out.partial.mp4"]
    with av.open(tmp_path / "out.partial.mp4") as video:
        assert sum(1 for _ in video.decode(video=0)) >= 10


def test_a_terminated_engine_ends_in_order():
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 1, "frames")
        os.kill(pid_of(process), signal.SIGTERM)
        until(lambda: link.now().state == "ended", "the end")
        assert process.finish().code == 128 + signal.SIGTERM


def test_a_watched_file_is_taken_over_when_it_is_saved_and_a_broken_one_is_not(tmp_path):
    graph = tmp_path / "mine.yaml"
    text = (ROOT / "graphs" / "live_balanced.yaml").read_text()
    text = (
        text.replace("../assets", str(ROOT / "assets"))
        .replace("uri: auto", "uri: 'demo:'")
        .replace("to: auto", "to: 'null:'")
    )
    graph.write_text(text)

    def save(new):
        beside = tmp_path / "new"
        beside.write_text(new)
        beside.replace(graph)

    def logged(link, words):
        lines = [line for line in link.log(-1) if words in line.text]
        return lines and lines[-1].text

    with process_of(Job(str(graph), watch=True)) as (process, link):
        until(lambda: link.now().presented >= 20, "frames")
        save(text.replace("mode: feather", "mode: feather, opacity: 0.9"))
        assert "opacity is 0.9" in until(lambda: logged(link, "mine.yaml: "), "the change")
        save(text.replace("type: label", "type: lable"))
        assert "did you mean 'label'?" in until(lambda: logged(link, "not taken over"), "the refusal")
        assert link.now().graph_version == 0
        save(
            text.replace("  labelled:  {type: label,  in: composite}\n", "").replace(
                "frame: labelled", "frame: composite"
            )
        )
        until(lambda: link.now().graph_version == 1, "the new graph")
        presented = link.now().presented
        until(lambda: link.now().presented > presented + 10, "frames of the new graph")
        assert [node.name for node in link.graph().nodes if node.type == "label"] == []
        assert link.now().nodes[0].errors == 0
        assert process.finish().code == 0


def test_an_engine_without_a_dashboard_is_found_by_its_name(tmp_path):
    command = [
        sys.executable,
        "dlc.py",
        "run",
        "live_balanced",
        "-t",
        "demo:",
        "-o",
        "null:",
        "--no-tui",
        "--control",
        "studio",
    ]
    engine = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: running() == ["studio"], "the name")
        with connected("studio") as wire:
            link = WireLink(wire)
            until(lambda: link.now().presented >= 5, "frames")
        with connected("studio") as wire:
            assert WireLink(wire).do("stop") == "ending"
        _, said = engine.communicate(timeout=WAIT_S)
    finally:
        engine.kill()
        engine.wait()
    assert engine.returncode == 0
    assert "live_balanced (live):" in said
    assert running() == []


class Terminal:
    """A command on a terminal of its own; what it prints is read all the time."""

    def __init__(self, *command):
        self.out = b""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(ROOT)
                os.execv(sys.executable, [sys.executable, "dlc.py", *command])  # noqa: S606
            finally:
                os._exit(127)  # or there would be two that run the tests
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, b"\x18\x00\x50\x00\x00\x00\x00\x00")
        self.settings = termios.tcgetattr(self.file)

    def read(self):
        while select.select([self.file], [], [], 0)[0]:
            try:
                data = os.read(self.file, 65536)
            except OSError:
                return False
            if not data:
                return False
            self.out += data
        return True

    def until(self, words):
        until(lambda: (self.read(), words in self.out)[1], words)

    def children(self):
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in found]

    def threads(self):
        return set(Path(f"/proc/{self.pid}/task").iterdir())

    def wait(self):
        def ended():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            return (os.waitstatus_to_exitcode(status),) if pid else None

        return until(ended, "the end")[0]

    def is_plain(self):
        """Whether the screen and the keys are as they were before."""
        now = termios.tcgetattr(self.file)
        os.close(self.file)
        return self.out.rfind(b"\x1b[?1049l") > self.out.rfind(b"\x1b[?1049h") and now[3] == self.settings[3]


LIVE = ("run", "live_balanced", "-t", "demo:", "-o", "null:")
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@linux_only
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


@linux_only
def test_q_ends_the_run_and_the_table_stands_below_the_prompt():
    terminal = Terminal(*LIVE)
    terminal.until(b"guarded")
    terminal.until(b"frames flow")
    os.write(terminal.file, b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()
    assert b"capture to present" in terminal.out[terminal.out.rfind(b"\x1b[?1049l") :]


@linux_only
def test_ctrl_z_leaves_the_engine_at_work():
    terminal = Terminal(*LIVE)
    terminal.until(b"guarded")
    os.write(terminal.file, b"\x1a")
    terminal.until(b"frames flow")
    os.write(terminal.file, b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()


@linux_only
def test_a_stopped_dashboard_does_not_stop_the_engine():
    terminal = Terminal(*LIVE, "--control", "here")
    terminal.until(b"guarded")
    os.kill(terminal.pid, signal.SIGSTOP)
    with connected("here") as wire:
        link = WireLink(wire)
        presented = link.now().presented
        until(lambda: link.now().presented > presented + 10, "frames while the dashboard stands still")
    os.kill(terminal.pid, signal.SIGCONT)
    os.write(terminal.file, b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()


@linux_only
def test_after_a_stop_that_nobody_asked_for_one_thread_reads_the_keys():
    terminal = Terminal(*LIVE)
    terminal.until(b"frames flow")
    threads = terminal.threads()
    os.kill(terminal.pid, signal.SIGSTOP)
    os.kill(terminal.pid, signal.SIGCONT)
    os.write(terminal.file, b"h")
    terminal.until(b"One step up the ladder")
    assert terminal.threads() <= threads
    os.write(terminal.file, b"q")
    assert terminal.wait() == 0
    assert terminal.is_plain()


@linux_only
def test_when_the_engine_is_killed_the_dashboard_says_so_and_leaves_a_plain_terminal():
    terminal = Terminal(*LIVE)
    terminal.until(b"guarded")
    (engine,) = [pid for pid in terminal.children() if b"runtime.serve" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(engine, signal.SIGKILL)
    terminal.until(b"The engine has ended")
    os.write(terminal.file, b"q")
    assert terminal.wait() == 1
    assert terminal.is_plain()
    assert b"was ended by SIGKILL" in terminal.out


@linux_only
def test_leaving_an_attached_dashboard_does_not_end_the_run():
    command = [sys.executable, "dlc.py", *LIVE, "--no-tui", "--control", "studio"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as engine:
        try:
            until(lambda: running() == ["studio"], "the name")
            terminal = Terminal("attach")
            terminal.until(b"guarded")
            os.write(terminal.file, b"q")
            assert terminal.wait() == 0
            assert terminal.is_plain()
            with connected("studio") as wire:
                presented = WireLink(wire).now().presented
                until(lambda: WireLink(wire).now().presented > presented + 5, "frames after it was left")
                WireLink(wire).do("stop")
            assert engine.wait(WAIT_S) == 0
        finally:
            engine.kill()


@linux_only
def test_without_an_engine_attach_says_how_to_start_one():
    terminal = Terminal("attach")
    assert terminal.wait() == 2
    os.close(terminal.file)
    assert (
        b"no engine can be attached to; one is started with: dlc.py run GRAPH --control NAME --no-tui" in terminal.out
    )


@linux_only
def test_a_graph_that_does_not_check_is_told_before_any_dashboard_opens():
    terminal = Terminal("run", "live_balanced", "--set", "swapped.opacity=2")
    assert terminal.wait() == 2
    os.close(terminal.file)
    assert b"opacity of swapped" in terminal.out.replace(b"\r\n", b" ")
    assert b"\x1b[?1049h" not in terminal.out
