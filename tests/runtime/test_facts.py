"""What a run tells sinks about itself."""

from __future__ import annotations

from runtime.kinds import Frame
from runtime.node import Context, node
from runtime.settings import InputFile
from runtime.survey import facts_of
from runtime.testing import GraphRun, numbered_pictures


class OneModel:
    def session(self, name, *, device=None, several=False):
        return Here()


class Here:
    device = placement = "cpu"

    def run(self, *inputs):
        return []


@node
class Reader:
    """Reads a file and uses a network."""

    def __init__(self, context: Context, *, face: InputFile, notes: str = "") -> None:
        context.models.session("net")

    def __call__(self, frame: Frame, *, level: int = 1) -> Frame:
        return frame


def test_the_facts_name_nodes_models_and_files_but_no_folder(tmp_path):
    face = tmp_path / "me.jpg"
    face.write_bytes(b"x")
    text = "name: g\nmode: file\nnodes: {a: {type: listed}, r: {type: reader, in: a}, c: {type: collect, in: r}}"
    overrides = [f"r.face={face}", f"r.notes={face}"]
    with GraphRun(text, [Reader], numbered_pictures(1), models=OneModel(), overrides=overrides) as run:
        run.engine.controls.set("r", "level", 7)
        facts = facts_of(run.engine)
        run.wait()
    assert (facts.graph, facts.mode, [one.name for one in facts.nodes]) == ("g", "file", ["a", "r", "c"])
    reader = facts.nodes[1]
    assert reader.settings == {"face": "me.jpg", "notes": "me.jpg", "level": 7}
    assert (reader.inputs, reader.gives, reader.models, reader.files) == ({"frame": "a"}, ("Frame",), ("net",), (face,))
