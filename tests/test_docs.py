"""What the documentation shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import nodes
from commands.common import node_table
from runtime.codes import Code
from runtime.document import parse_document
from runtime.loading import check_document
from runtime.signature import spec_of

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "scripts"))

from docs import written_anew  # noqa: E402


def blocks(file, language):
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / file).read_text(), re.DOTALL)


def test_the_readme_shows_the_default_graph():
    (shown,) = blocks("README.md", "yaml")
    shipped = yaml.safe_load((ROOT / "graphs" / "live_balanced.yaml").read_text())
    assert yaml.safe_load(shown)["nodes"] == shipped["nodes"]


def test_the_readmes_commands_are_the_two_that_set_up_by_themselves():
    commands = [block.strip() for block in blocks("README.md", "bash")][:2]
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install") for command in commands)
    assert "dlc.py run graphs/live_balanced.yaml" in commands[0]
    assert commands[1].endswith("pytest")


def test_the_readme_lists_every_shipped_graph():
    text = (ROOT / "README.md").read_text()
    assert [file.stem for file in (ROOT / "graphs").glob("*.yaml") if f"`{file.stem}`" not in text] == []


def test_every_graph_opens_with_a_comment():
    assert all(file.read_text().startswith("# ") for file in (ROOT / "graphs").glob("*.yaml"))


@pytest.mark.parametrize("page", sorted(page.name for page in (ROOT / "docs").glob("*.md")))
def test_graphs_that_the_pages_show_are_good(page):
    found = []
    for block in blocks(f"docs/{page}", "yaml"):
        if "type: source" in block:  # else it is a part of one
            found += check_document(parse_document(block, ROOT / "examples" / page), node_table(runs=False)).diagnostics
    errors = [item for item in found if item.severity == "error" and item.code is not Code.MISSING_FILE]
    assert [item.message for item in errors] == []


def test_the_example_runs_as_it_stands():
    run = [sys.executable, str(ROOT / "dlc.py"), "run", "examples/mirror.yaml", "-o", "null:", "--frames", "5"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_generated_parts_of_the_documentation_are_in_step():
    assert [str(file) for file, text in written_anew() if file.read_text() != text] == [], "run python scripts/docs.py"


def test_every_node_type_says_what_it_does():
    specs = [spec_of(definition) for definition in nodes.DEFINITIONS]
    assert [spec.name for spec in specs if not spec.doc] == []
    settings = [(spec, name) for spec in specs for name in (*spec.fixed.model_fields, *spec.live.model_fields)]
    assert [f"{spec.name}.{name}" for spec, name in settings if f"{name}:" not in spec.doc] == []


def test_every_provider_option_and_rewriting_pass_is_documented():
    from models.passes import PASSES
    from models.providers import OPTIONS

    text = (ROOT / "docs" / "devices.md").read_text()
    names = {option.name for option in OPTIONS} | {item.name for item in PASSES}
    assert {name for name in names if f"`{name}`" not in text} == set()
