"""What is said about broken graphs, letter for letter: the files of tests/graphs/bad, each with its expected text.

A first line such as `# --set faces.every_ms=2` gives arguments. `python tests/runtime/test_goldens.py` writes the
texts anew; read them before you commit them.
"""

import re
import shlex
import sys
from pathlib import Path
from unittest import mock

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from commands.common import node_table  # noqa: E402
from runtime.codes import Code  # noqa: E402
from runtime.errors import GraphError  # noqa: E402
from runtime.loading import check_file  # noqa: E402
from runtime.overrides import parse_overrides  # noqa: E402
from runtime.rendering import WIDTH, report  # noqa: E402
from runtime.shortcuts import End  # noqa: E402
from tests.folders import own_folders  # noqa: E402

FOLDER = ROOT / "tests" / "graphs" / "bad"
FILES = sorted(FOLDER.glob("*.yaml"))
WITHOUT_FILE = {Code.UNREADABLE, Code.TOO_LARGE}


def diagnostics(file):
    first = file.read_bytes().split(b"\n")[0].decode("utf-8", errors="replace")
    given = shlex.split(first[2:]) if first.startswith("# -") else []
    pairs = list(zip(given[::2], given[1::2], strict=True))
    ends = [End(flag, value) for flag, value in pairs if flag != "--set"]
    try:
        overrides = parse_overrides([value for flag, value in pairs if flag == "--set"])
        return check_file(file, node_table(), overrides, ends).diagnostics
    except GraphError as error:
        return error.diagnostics


def said(file):
    with mock.patch("onnxruntime.get_available_providers", return_value=["CPUExecutionProvider"]):  # as on any machine
        text = report(diagnostics(file)) + "\n"
    return text.replace(str(ROOT) + "/", "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_broken_graph_is_answered_with_this_text(file, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert said(file) == file.with_suffix(".txt").read_text()


@pytest.mark.parametrize("code", [code for code in Code if code not in WITHOUT_FILE])
def test_every_code_has_a_file_of_its_name(code):
    text = (FOLDER / f"{code}.txt").read_text()
    assert f"{code.severity}[{code}]" in text


def test_there_is_a_text_for_each_graph_and_no_other():
    assert {file.stem for file in FOLDER.glob("*.txt")} == {file.stem for file in FILES}


def test_eighty_columns_are_enough():
    wide = [line for file in FILES for line in file.with_suffix(".txt").read_text().splitlines() if len(line) > WIDTH]
    assert [line for line in wide if len(max(re.split(r"\s", line), key=len)) < WIDTH - 20] == []


if __name__ == "__main__":
    with own_folders():
        for file in FILES:
            file.with_suffix(".txt").write_text(said(file))
