"""Commands on a terminal of their own, and what becomes of processes."""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
WAIT_S = 60.0


def until(condition, what):
    """Asks until something is so; the other side answers at its own pace, so this waits for nobody but it."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if value := condition():
            return value
        select.select([], [], [], 0.02)
    raise TimeoutError(what)


def state_of(pid):
    """Returns the letter that the system has for what a process does: Z when it has ended, T when it is stopped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def is_alive(pid):
    return state_of(pid) != "Z"


def be_private(folder, monkeypatch):
    """Has what a test starts find no engines but its own, and no display."""
    mine = folder / "run"
    mine.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(mine))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


def own_graph(folder):
    """Returns a copy of the default graph, from the bundled clip to nowhere."""
    text = (ROOT / "graphs" / "live_balanced.yaml").read_text()
    for before, after in (
        ("../assets", str(ROOT / "assets")),
        ("uri: auto", "uri: 'demo:'"),
        ("to: auto", "to: 'null:'"),
    ):
        text = text.replace(before, after)
    file = folder / "mine.yaml"
    file.write_text(text)
    return file


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
        self.resize(80, 24)
        self.settings = termios.tcgetattr(self.file)

    def resize(self, columns, lines):
        """Makes it another size, which its programs are told; what it prints from then on can be waited for."""
        self.out = b""
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, keys):
        os.write(self.file, keys)

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

    def has_plain_screen(self):
        """Whether the screen and the keys are as they were before."""
        now = termios.tcgetattr(self.file)
        return self.out.rfind(b"\x1b[?1049l") > self.out.rfind(b"\x1b[?1049h") and now[3] == self.settings[3]

    def is_plain(self):
        """Whether they are, once nobody uses the terminal any more."""
        plain = self.has_plain_screen()
        os.close(self.file)
        return plain
