"""Slips that newcomers made while they tried dlc, and the words that helped them: each is answered once, and rightly."""

import pytest

from commands.common import node_table
from runtime.document import parse_document
from runtime.errors import GraphError
from runtime.loading import check_document
from runtime.overrides import parse_overrides
from runtime.rendering import render

GRAPH = """\
mode: live
nodes:
  camera:    {type: source, uri: "demo:"}
  faces:     {type: detect, in: camera}
  known:     {type: cache, in: [camera, faces]}
  swapped:   {type: swap, in: [camera, known], face: me.jpg}
  composite: {type: blend, in: [camera, swapped], opacity: 1}
  guarded:   {type: guard, in: {frame: composite, faces: known, raw: camera}, hold_ms: 300}
  screen:    {type: sink, in: guarded, to: "null:"}
"""


def answers(text, folder, sets=()):
    (folder / "me.jpg").touch()
    try:
        document = parse_document(text, folder / "g.yaml")
        diagnostics = check_document(document, node_table(), parse_overrides(sets)).diagnostics
    except GraphError as error:
        diagnostics = error.diagnostics
    return [" ".join(render(item).split()) for item in diagnostics]


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ("hold_ms: 300", "hold_ms: 2s", "write 2000: hold_ms counts in ms"),
        ("hold_ms: 300", "hold_ms: 500ms", "write 500: ms is in the name"),
        ("hold_ms: 300", "hold_ms: 5m", "wants a number, not the text '5m'"),
        ("opacity: 1", "opacity: 50%", "write 0.5"),
        ("opacity: 1", "opacity: 50", "write 0.5 for 50 %"),
        ("opacity: 1", "opacity: 0,5", "a decimal point is a dot: write 0.5"),
        ("opacity: 1", "mode:feather", "a space is missing behind the colon: write mode: feather"),
        ('uri: "demo:"', "uri: 0", "the camera of that number is camera:0"),
        ('uri: "demo:"', 'uri: "0"', "the camera of that number is camera:0"),
        ('uri: "demo:"', "uri: webcam", "the first camera is camera:0"),
        ('uri: "demo:"', "uri: cam:1", "use auto, demo:, camera:0"),
        ('uri: "demo:"', "uri: camera:99999999999", "ends with a camera's number"),
        ('uri: "demo:"', "uri: rtsp://host/live", "is no address that dlc reads"),
        ('uri: "demo:"', 'uri: "C:\\\\Users\\me.mp4"', "use single quotes, or / in paths"),
        ('uri: "demo:"', 'uri: "pics\\new.jpg"', "use single quotes, or / in paths"),
        ('uri: "demo:"', "uri: “auto”", "these quotes are typographic"),
        ('uri: "demo:"', f"uri: {'x' * 5000}", "there is no file"),
        ('to: "null:"', "to: out.gif", "is nothing that dlc writes"),
        ('to: "null:"', "to: screen", "a window is called window"),
        ('to: "null:"', "to: out_%d.mp4", "which is for series of images"),
        ("face: me.jpg", "face: #me.jpg", "# begins a comment on the line where it opens"),
        ("  known:", "\u00a0 known:", "a no-break space stands here"),
        ("{type: detect", "{type:\u00a0detect", "a no-break space stands here"),
        ("{type: detect", "{type=detect", "write type: detect"),
        ("in: camera}", "in: camera, landmarks: none}", "write null"),
        ("type: detect, in: camera", "type: detect, inputs: camera", "its inputs stand under `in`"),
        ("in: [camera, faces]", "in: camera, faces", "several inputs stand in brackets: [camera, faces]"),
        ("mode: live", "mode: live\nquality: high", "balanced (960x540 at 30 fps)"),
        ("mode: live", "mode: live\nfps: 30", "`quality` asks cameras for a size and a rate"),
        ("mode: live", "mode: live\nmax_memory: 512", "write for example 512 MiB"),
        ("mode: live", "mode: live\nplugins: p.py", "write [p.py]"),
        ("nodes:", "Nodes:", "did you mean 'nodes'?"),
        ("nodes:", "graph:\n nodes:", "`nodes` stands at the left margin, not below graph"),
        ('  camera:    {type: source, uri: "demo:"}', "  camera:\n  type: source", "indent what belongs to it: type"),
        ('uri: "demo:"}', 'uri: "demo:", enabled: false}', "camera is switched off"),
        ("mode: live", "```yaml", "remove the ``` of a copied block"),
        ("mode: live", "mode live", "a colon that is missing on the line above"),
    ],
)  # fmt: skip
def test_a_slip_is_answered_once_with_what_to_write(old, new, answer, tmp_path):
    said = answers(GRAPH.replace(old, new, 1), tmp_path)
    assert len(said) == 1, said
    assert answer in said[0]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("composite.opacity:0.5", "write composite.opacity=0.5"),
        ("composite.opacity=", "a value is missing"),
        ("enabled=false", "write NODE.enabled=false"),
        ("opacity=0.5", "write composite.opacity=0.5"),
    ],
)
def test_a_slip_on_the_command_line_is_too(text, answer, tmp_path):
    (said,) = answers(GRAPH, tmp_path, [text])
    assert answer in said


def test_a_wrong_key_of_the_engine_does_not_hide_what_else_is_wrong_with_a_node(tmp_path):
    slips = "opacity: 50, on_error: stpo, workers: two, mode: father"
    said = answers(GRAPH.replace("opacity: 1", slips), tmp_path)
    assert len(said) == 4, said


def test_an_input_that_stands_twice_is_said_and_marked(tmp_path):
    (said,) = answers(GRAPH.replace("in: [camera, faces]", "in: [camera, faces, faces]"), tmp_path)
    assert "g.yaml:5:48: error[unused-input]: faces stands in `in` of known a second time" in said


def test_a_number_that_is_too_long_is_not_offered_in_another_form(tmp_path):
    (said,) = answers(GRAPH.replace("mode: live", f"mode: live\ncredits: {'9' * 26}"), tmp_path)
    assert "without quotes" not in said


def test_spaces_about_the_sign_do_no_harm(tmp_path):
    assert answers(GRAPH, tmp_path, ["composite.opacity = 0.5"]) == []


@pytest.mark.parametrize(
    ("plugin", "answer"),
    [
        ("import sys\nsys.exit(0)\n", "mine.py:2:1: error[plugin-import]: plug-in cannot be imported: SystemExit: it ends the program"),
        ("class Skipped(BaseException): ...\nraise Skipped('no')\n", "plug-in cannot be imported: Skipped: no"),
        ("from dlc import Frame, node\n", "from runtime import Frame, node"),
        ("from runtime import Frame, node\n@node\ndef x(frame: Frame): ...\n", "write for example -> Frame"),
        ("from runtime import Frame, node\n@node\ndef blend(frame: Frame) -> Frame: ...\n", "give it another name"),
    ],
)  # fmt: skip
def test_a_slip_in_a_plug_in_is_shown_in_the_plug_in(plugin, answer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(plugin)
    (said,) = answers(GRAPH.replace("mode: live", "plugins: [mine.py]"), tmp_path)
    assert said.startswith("mine.py:")
    assert answer in said


def test_what_a_plug_in_prints_does_not_mix_with_an_answer(tmp_path, capsys):
    (tmp_path / "mine.py").write_text(
        "from runtime import Frame, node\nprint('hi')\n@node\ndef x(frame: Frame) -> Frame: ...\n"
    )
    answers(GRAPH.replace("mode: live", "plugins: [mine.py]"), tmp_path)
    assert capsys.readouterr().out == ""
