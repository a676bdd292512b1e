"""The rules about who may import whom (docs/architecture.md), and about the length of files."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def files_in(*folders):
    return sorted(file.relative_to(ROOT) for folder in folders for file in (ROOT / folder).rglob("*.py"))


PACKAGES = files_in("runtime", "nodes", "models", "provenance")
OTHERS = files_in("commands", "examples", "scripts", "tests")
FOR_NODES = {
    "runtime",
    "runtime.version",
    "runtime.facts",
    "runtime.kinds",
    "runtime.node",
    "runtime.errors",
    "runtime.settings",
    "runtime.threads",
    "runtime.whole_file",
    "runtime.json_cache",
    "runtime.told",
    "runtime.spelling",
}


def imports(file):
    for item in ast.walk(ast.parse((ROOT / file).read_text())):
        if isinstance(item, ast.Import):
            yield from (alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom) and item.module:
            yield item.module


def inside(name, package):
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("file", PACKAGES, ids=str)
def test_imports_follow_the_rules(file):
    package = file.parts[0]
    for name in imports(file):
        if package == "runtime":
            assert not inside(name, "nodes"), "the runtime receives the node table, it does not import it"
            assert not inside(name, "models"), "the runtime receives the models, it does not import them"
            assert not inside(name, "provenance"), "what files say is the sinks' business"
            assert not inside(name, "cv2"), "pictures are the nodes' business"
            assert not inside(name, "av"), "files are the nodes' business"
        if inside(name, "runtime") and package in ("nodes", "models", "provenance"):
            assert name in FOR_NODES, "nodes see the contract, not the engine"
        if inside(name, "textual"):
            assert file.parts[:2] == ("runtime", "tui")
        if inside(name, "insightface"):
            assert package == "models"


@pytest.mark.parametrize("file", [*PACKAGES, *OTHERS], ids=str)
def test_files_stay_readable(file):
    assert len((ROOT / file).read_text().splitlines()) <= 300
