"""`nodes` and `schema`, as somebody sees them who has never read the code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands.common import complete_graph, complete_node_type, node_table, shipped_graphs
from commands.nodes import nodes, schema
from runtime.errors import ConfigurationError

ROOT = Path(__file__).parents[2]

PLUGIN = '''
from runtime import Count, Faces, Frame, node

@node
def mirror(frame: Frame | None, faces: Faces | None = None, *, mix: float = 1.0, every: Count) -> Frame:
    """Mirrors the picture. Like a mirror, but without the glass that it would need and
    without the frame.

    Settings:
        mix: 0 leaves it, 1 mirrors it, and what is between them does both at once, as a
            window does at night.
    """
'''

HELP = """\
mirror
Mirrors the picture. Like a mirror, but without the glass that it would need and
without the frame.

Inputs
  frame  Frame  gets nothing for a frame that upstream skipped
  faces  Faces  optional: may stay unconnected

Output
  Frame

Settings
  name   takes                                                 default   changes
  mix    number                                                1         live
         0 leaves it, 1 mirrors it, and what is between them
         does both at once, as a window does at night.
  every  whole number, 1 or more                               required  live

Keys of the engine
  name      takes                                                        default
  workers   whole number, 1 to 64                                        1
            Threads that run it side by side; frames stay in order.
  on_error  skip, stop, repeat or null                                   null
            When it raises: skip the frame, stop the run, or repeat its
            last good answer; null is skip in live graphs and stop in
            file graphs.
  enabled   true or false                                                true
            false leaves the node out; what it would have changed
            passes it by.

Example
  plugins: [mirror.py]
  nodes:
    source: {type: source}
    mirror: {type: mirror, in: source, every: 1}
    sink:   {type: sink, in: mirror, raw: true}

Defined in mirror.py:5
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(ROOT)


@pytest.fixture
def plugin(tmp_path):
    file = tmp_path / "mirror.py"
    file.write_text(PLUGIN)
    return file


def test_without_a_type_there_is_a_line_for_each(capsys):
    nodes()
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if line[:1] not in ("", " ")] == [
        "type", *node_table(), "With",
    ]  # fmt: skip
    assert re.search(r"^swap +Frame, Faces -> Patches +Swaps the faces that are seen", said, re.MULTILINE)


@pytest.mark.parametrize("name", [None, *node_table()])
def test_plain_text_has_80_columns_and_no_colour(name, capsys):
    nodes(name)
    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if len(line) > 80 or line.endswith(" ")] == []
    assert "\x1b" not in said


def test_programs_get_the_same_as_json(capsys):
    nodes("guard", "json")
    told = json.loads(capsys.readouterr().out)
    assert told["ports"][0] == {"name": "frame", "kind": "Frame", "optional": False, "tolerant": True}
    assert told["settings"][0] == {
        "name": "hold_ms", "type": "number, 0 or more", "required": False, "default": 500,
        "help": "how long a good composite may stand in for one that is not.", "changes": "live",
    }  # fmt: skip
    nodes(None, "json")
    assert [item["name"] for item in json.loads(capsys.readouterr().out)] == list(node_table())


def test_an_unknown_type_gets_the_one_that_is_close():
    with pytest.raises(ConfigurationError, match="there is no node type 'swp'; did you mean 'swap'"):
        nodes("swp")


def test_with_a_type_there_is_all_about_it_for_plug_ins_as_well(plugin, capsys, monkeypatch):
    monkeypatch.chdir(plugin.parent)
    nodes("mirror", "text", [Path("mirror.py")])
    assert capsys.readouterr().out == HELP


def test_a_plug_ins_node_is_in_the_schema(plugin, capsys):
    schema([plugin])
    shown = json.loads(capsys.readouterr().out)["$defs"]["node_mirror"]
    assert shown["required"] == ["type", "in", "every"]
    assert shown["properties"]["mix"]["description"].startswith("0 leaves it, 1 mirrors it, and")


def test_the_schema_is_written_to_a_file(tmp_path, capsys):
    schema()
    schema(None, tmp_path / "s.json")
    assert (tmp_path / "s.json").read_text() == capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_one_plain_message(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be written"):
        schema(None, tmp_path / "no" / "s.json")


def test_a_terminal_gets_colour_unless_it_wants_none(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    nodes("label")
    assert "\x1b[1m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    nodes("label")
    assert "\x1b[3" not in capsys.readouterr().out.replace("\x1b[3m", "")  # italics are no colour


def test_names_are_completed():
    assert complete_node_type("s") == ["source", "swap", "sink"]
    assert complete_node_type("x") == []
    assert complete_graph("live_q") == ["live_quality"]
    assert complete_graph("") == list(shipped_graphs())


@pytest.mark.skipif(sys.platform == "win32", reason="speaks to bash")
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("dlc nodes s", ["source", "swap", "sink"]),
        ("dlc run live_b", ["live_balanced"]),
        ("dlc new mine --from swap_v", ["swap_video"]),
        ("dlc sch", ["schema"]),
    ],
)
def test_the_installed_command_answers_shells(typed, offered, tmp_path):
    script = tmp_path / "dlc"
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom dlc import main\nmain()\n")
    asked = {"_DLC_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = subprocess.run([sys.executable, script], env=asked, capture_output=True, text=True, check=False)
    assert done.stdout.split() == offered, done.stderr
