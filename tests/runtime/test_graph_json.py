"""Graphs as data for other programs."""

from pathlib import Path

from runtime.graph_json import graph_data
from tests.runtime.drawn import shipped


def test_data_has_every_edge_and_every_setting():
    data = graph_data(shipped("live_balanced", "swapped.opacity=0.5", "credits=2"))
    assert (data["version"], data["name"], data["mode"], data["credits"]) == (1, "live_balanced", "live", 2)
    assert data["quality"] == {"name": "balanced", "width": 960, "height": 540, "fps": 30}
    swapped = next(item for item in data["nodes"] if item["name"] == "swapped")
    assert swapped["settings"]["opacity"] == 0.5
    assert [Path(face).name for face in swapped["settings"]["face"]] == ["source_a.jpg"]
    assert (swapped["type"], swapped["role"], swapped["on_error"], swapped["raw"]) == ("swap", "node", "skip", False)
    assert data["edges"][-4] == {
        "from": "labelled", "output": "", "to": "guarded", "port": "frame", "kind": "Frame",
        "optional": False, "tolerant": True,
    }  # fmt: skip
    assert len(data["edges"]) == 12
