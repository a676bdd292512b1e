"""`show`, run as a user runs it: into a file, into a terminal, and where box characters cannot be written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands.common import shipped_graphs

pty = pytest.importorskip("pty", reason="no terminals like this one on Windows")

ROOT = Path(__file__).parents[2]
PLAIN = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM")}


def show(*arguments, **environment):
    command = [sys.executable, str(ROOT / "dlc.py"), "show", *map(str, arguments)]
    environment = {**PLAIN, "PYTHONIOENCODING": "utf-8", **environment}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def show_in_terminal(*arguments, **environment):
    """Returns what a terminal of 100 columns is sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "dlc.py"), "show", *arguments]
    environment = {**PLAIN, "TERM": "xterm-256color", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8", **environment}
    with subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        sent = b""
        while part := _read(ours):
            sent += part
    os.close(ours)
    return sent.decode().replace("\r\n", "\n")


def _read(terminal):
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # how Linux says that the other end was closed
        return b""


def test_without_a_name_it_draws_the_default_graph_in_80_columns():
    code, text, errors = show(COLUMNS="200")
    assert (code, errors) == (0, "")
    assert text.startswith("live_balanced\nlive face swap")
    assert "│ ● faces      detect  model=blazeface\n".replace("● ", "●   ") in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_terminal_gets_colours_unless_it_asks_for_none():
    coloured = show_in_terminal("swap_image")
    plain = show_in_terminal("swap_image", NO_COLOR="1")
    assert "\x1b[36m" in coloured
    assert "\x1b[3" not in plain
    for text in (coloured, plain):
        assert "composite" in text


def test_where_box_characters_cannot_be_written_the_drawing_is_ascii():
    code, text, errors = show("live_balanced", PYTHONIOENCODING="ascii")
    assert (code, errors) == (0, "")
    assert text.isascii()
    assert "?" not in text
    assert "+-|-.   Frame from camera\n| +-+   Faces from known\n| | * swapped" in text


def test_settings_from_the_command_line_are_drawn():
    code, text, _ = show("live_balanced", "--set", "labelled.enabled=false", "--set", "swapped.opacity=0.5")
    assert code == 0
    assert "opacity=0.5" in text
    assert "labelled" not in text


def test_a_graph_file_with_names_in_any_alphabet_is_drawn_in_any_encoding(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text("nodes: {камера: {type: source}, c: {type: sink, in: камера, to: 'null:'}}", encoding="utf-8")
    assert "Frame from камера" in show(file)[1]
    code, text, errors = show(file, PYTHONIOENCODING="ascii")
    assert (code, errors) == (0, "")
    assert "Frame from ??????" in text


@pytest.mark.parametrize("name", shipped_graphs())
def test_json_and_mermaid_say_the_same(name):
    _, text, _ = show(name, "--format", "json")
    _, chart, _ = show(name, "--format", "mermaid")
    data = json.loads(text)
    assert data["name"] == name
    assert chart.count("->|") == len(data["edges"])
    assert chart.splitlines()[3] == "flowchart LR"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "there is no graph 'nothing'"),
        (["live_balanced", "--set", "swapped.modl=x"], "error[unknown-setting]"),
        (["live_balanced", "--format", "svg"], "'svg' is not one of"),
    ],
)
def test_a_mistake_is_one_plain_message_and_exit_code_2(arguments, message):
    code, text, errors = show(*arguments)
    assert (code, text) == (2, "")
    assert message in errors
    assert "Traceback" not in errors
