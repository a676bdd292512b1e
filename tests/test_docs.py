"""What the documentation shows is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import yaml

import nodes
from runtime.signature import spec_of

ROOT = Path(__file__).parents[1]


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


def test_the_node_of_the_tutorial_runs_in_a_graph_and_under_its_own_test(tmp_path):
    code, *_ = blocks("docs/writing-a-node.md", "python")
    test = blocks("docs/writing-a-node.md", "python")[-1]
    (tmp_path / "mirror.py").write_text(code)
    (tmp_path / "test_mirror.py").write_text("from mirror import mirror\n" + test)
    graph = blocks("docs/writing-a-node.md", "yaml")[0]
    graph = graph.replace("{type: source}", "{type: source, uri: 'demo:'}").replace(
        "raw: true", "raw: true, to: 'null:'"
    )
    (tmp_path / "g.yaml").write_text(graph)
    run = [sys.executable, str(ROOT / "dlc.py"), "run", str(tmp_path / "g.yaml"), "--frames", "5"]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    test_run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path / "test_mirror.py")]
    environment = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "PATH": ""}
    done = subprocess.run(test_run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_every_node_type_says_what_it_does():
    specs = [spec_of(definition) for definition in nodes.DEFINITIONS]
    assert [spec.name for spec in specs if not spec.doc] == []
    settings = [(spec, name) for spec in specs for name in (*spec.fixed.model_fields, *spec.live.model_fields)]
    assert [f"{spec.name}.{name}" for spec, name in settings if f"{name}:" not in spec.doc] == []
