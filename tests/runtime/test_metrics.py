"""The metrics file: its schema, and that the documentation names every field."""

import json
from pathlib import Path

from runtime import Frame, node
from runtime.metrics import (
    AdaptationMetrics,
    ChangeMetrics,
    Metrics,
    NodeMetrics,
    ReadingMetrics,
    RunMetrics,
    collect,
    write,
)
from runtime.report import closing_table, progress_line
from runtime.testing import GraphRun, numbered_pictures

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"


@node(ordered=True)
class Tally:
    def __call__(self, frame: Frame) -> Frame:
        return frame

    def counters(self):
        return {"held": 2, "blurred": 1}


def finished():
    graph = "name: g\nmode: file\nnodes: {a: {type: listed}, b: {type: tally, in: a}, c: {type: collect, in: b}}"
    with GraphRun(graph, [Tally], numbered_pictures(20)) as run:
        return run.wait().snapshot, run.engine.graph


def test_a_metrics_file_reads_back_and_holds_what_happened(tmp_path):
    snapshot, graph = finished()
    file = tmp_path / "m.json"
    write(collect(snapshot, graph), file)
    data = json.loads(file.read_text())
    assert Metrics.model_validate(data).schema_version == 1
    assert data["run"]["frames_presented"] == data["run"]["frames_admitted"] == 20
    assert (data["run"]["held"], data["run"]["blurred"]) == (2, 1)
    assert data["run"]["cpu_s"] > 0
    assert data["run"]["peak_rss_mb"] > 10
    assert set(data["nodes"]) == {"a", "b", "c"}
    assert data["nodes"]["b"]["calls"] == 20
    assert data["graph"]["name"] == "g"
    assert list(tmp_path.iterdir()) == [file]


def test_every_field_is_documented():
    text = DOCS.read_text()
    models = (Metrics, RunMetrics, NodeMetrics, AdaptationMetrics, ChangeMetrics, ReadingMetrics)
    fields = [field for model in models for field in model.model_fields]
    assert [field for field in fields if f"`{field}`" not in text] == []


def test_the_closing_table_and_the_progress_line_fit_80_columns():
    snapshot, graph = finished()
    table = closing_table(snapshot, collect(snapshot, graph))
    assert "g (file): 20 of 20 frames presented" in table
    assert "b: held 2, blurred 1" in table
    assert max(map(len, table.splitlines())) <= 80
    assert len(progress_line(snapshot, 20)) <= 80
