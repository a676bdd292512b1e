"""A mistake in a graph file far down in folders is told to dashboards with line, column and words in sight."""

import pytest

from runtime.recipe import Recipe
from runtime.testing import GraphRun, numbered_pictures
from runtime.tui.answer import answer_lines
from runtime.tui.log_lines import board_lines
from runtime.tui.scene import Scene
from runtime.view import LogLine, Refused

GRAPH = "mode: file\nnodes:\n  a: {type: listed}\n  c: {type: colect, in: a}\n"
DEEP = "/".join(f"a_folder_with_a_long_name_{number}" for number in range(6))


@pytest.fixture
def refused(tmp_path):
    """What a graph file with a mistake is refused with."""
    file = tmp_path / DEEP / "mine.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(GRAPH)
    with GraphRun(GRAPH.replace("colect", "collect"), pictures=numbered_pictures(1)) as run:
        with pytest.raises(Refused) as raised:
            Recipe(file, run.table).graph()
        run.wait()
    return raised.value


def test_the_answer_to_a_reload_shows_place_and_words_on_80_columns(refused):
    scene = Scene(answer=refused.message, refused=True)
    first, *_ = answer_lines(scene, 80)
    assert first.text.startswith("refused: mine.yaml:4:13: error[unknown-type]: ")
    assert "colect" in first.text


def test_the_last_line_of_the_log_shows_them_too(refused):
    line = LogLine(0, 0.0, "error", "", f"not taken over: {refused}")
    (shown,) = board_lines([line], 80, 1)
    assert "mine.yaml:4:13: error[unknown-type]" in shown.text
