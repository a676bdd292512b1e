"""Each code is explained by examples that are what they say they are."""

import re
import shlex

import pytest

import commands.run
from commands.common import graph_file, node_table
from runtime.codes import Code, Explanations
from runtime.diagnostics import Diagnostic
from runtime.errors import GraphError
from runtime.loading import check_file
from runtime.overrides import parse_overrides
from runtime.shortcuts import End

EXPLANATIONS = Explanations().of
WITHOUT_EXAMPLE = {Code.TOO_DEEP}
FLIP = "from runtime import Frame, node\n\n@node\ndef flip(frame: Frame) -> Frame:\n    return frame\n"


def found(example, folder, monkeypatch):
    """Returns what a check finds in an example: files, and a command line at its end."""
    monkeypatch.chdir(folder)
    for name in ("me.jpg", "clip.mp4"):
        (folder / name).touch()
    (folder / "portrait.jpg").write_bytes(b"\xff\xd8\xff\xe0\0\0")
    (folder / "holiday.mp4").write_bytes(bytes(2 << 20))
    (folder / "mine.py").write_text(FLIP)
    text, _, command = example.partition("python dlc.py ")
    parts = re.split(r"^# (\S+\.(?:py|yaml))\n", text, flags=re.MULTILINE)
    files = dict(zip(parts[1::2], parts[2::2], strict=True)) or {"graph.yaml": text}
    for name, content in files.items():
        (folder / name).write_text(content)
    if "graph.yaml" in files or command:
        graph = "graph.yaml"
    else:
        graph = next((name for name in files if name.endswith(".yaml")), "plugged.yaml")
        (folder / "plugged.yaml").write_text(
            "plugins: [mine.py]\nnodes:\n  a: {type: source}\n  b: {type: sink, in: a, raw: true}\n"
        )
    return checked(shlex.split(command) or ["run", graph])


def checked(arguments) -> tuple[Diagnostic, ...]:
    """Returns what `run` would find, without running."""
    command, graph, *rest = arguments
    assert command == "run"
    pairs = dict(zip(rest[::2], rest[1::2], strict=True))
    ends = [End(flag, value) for flag, value in pairs.items() if flag != "--set"]
    try:
        overrides = parse_overrides([value for flag, value in pairs.items() if flag == "--set"])
        return check_file(graph_file(graph), node_table(), overrides, ends).diagnostics
    except GraphError as error:
        return error.diagnostics


@pytest.mark.parametrize("code", [code for code in Code if code not in WITHOUT_EXAMPLE])
def test_the_wrong_example_has_the_mistake_and_the_right_one_has_none(code, tmp_path, monkeypatch):
    explanation = EXPLANATIONS[code]
    assert code in [item.code for item in found(explanation.wrong, tmp_path, monkeypatch)]
    after = found(explanation.right, tmp_path, monkeypatch)
    assert code not in [item.code for item in after]
    assert [item for item in after if item.severity == "error"] == []


def test_every_code_is_explained_in_whole_sentences():
    assert [code for code, text in EXPLANATIONS.items() if not text.means.endswith(".")] == []


def test_examples_need_no_options_that_run_does_not_have():
    assert {"source", "target", "output", "sets"} <= set(commands.run.run.__annotations__)
