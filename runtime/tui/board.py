"""The main screen: the graph's state, the way of frames, the nodes, the log, the keys."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.message import Message

from runtime.tui.answer import answer_lines
from runtime.tui.heading import heading, loading_lines
from runtime.tui.heights import Heights, heights, inline_heights
from runtime.tui.journey import journey
from runtime.tui.keys import few_keys, key_lines
from runtime.tui.line import Line
from runtime.tui.log_lines import board_lines
from runtime.tui.node_rows import heading_line, layout, row_line, second_line
from runtime.tui.pane import Pane
from runtime.tui.panel import Panel
from runtime.tui.scene import Scene
from runtime.tui.scene_screen import SceneScreen
from runtime.tui.selected import selected

_TITLED = 2
"""Lines of the log up to which it goes without a title."""


class NodePane(Pane):
    """The nodes; the wheel moves the cursor."""

    class Moved(Message):
        """The wheel was turned by so many lines."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def move(self, by: int) -> None:
        """Asks for another cursor."""
        self.post_message(self.Moved(1 if by > 0 else -1))


class Board(SceneScreen):
    """All parts of the main screen, laid out by how many lines and columns there are."""

    DEFAULT_CSS = """
    Board { layout: vertical; overflow: hidden; }
    Board > Pane { overflow: hidden; }
    """

    def __init__(self, scene: Scene, *, inline: bool = False) -> None:
        super().__init__(scene)
        self._inline = inline
        self._given: Heights | None = None

    def compose(self) -> ComposeResult:
        """Makes the parts."""
        yield Panel(id="heading")
        yield Panel(id="journey")
        yield Panel(id="columns")
        yield NodePane(id="nodes")
        yield Panel(id="selected")
        yield Panel(id="log-title")
        yield Pane(id="log", ends=True)
        yield Panel(id="answer")
        yield Panel(id="keys")

    def draw(self) -> None:
        """Shows the scene."""
        width = self.size.width
        answer = answer_lines(self.scene, width)
        given = self._shares(width, len(answer))
        self._panel("answer", answer, len(answer))
        self._panel("keys", key_lines(width) if given.keys > 1 else [few_keys(width)], given.keys)
        if self.scene.graph is None:
            self._panel("heading", [Line((("Waiting for the engine", "strong"),))], given.heading)
            return
        graph, state = self.scene.graph, self.scene.state
        self._panel("heading", heading(graph, state, width, self.scene.late), given.heading)
        loading = loading_lines(state.loading, width, given.journey) if state.loading else []
        self._panel("journey", loading or journey(graph, state, width), given.journey)
        self._panel("selected", [selected(self.scene, width)], given.selected)
        self._draw_nodes(width, given)
        self._draw_log(width, given)

    def _shares(self, width: int, answer: int) -> Heights:
        """Returns the lines of each part, and gives them to the parts when they are others than before."""
        if self._inline:
            given = inline_heights(answer)
        else:
            nodes = len(self.scene.graph.nodes) if self.scene.graph else 0
            given = heights(self.size.height - answer, nodes, len(key_lines(width)))
        if given != self._given:
            self._given = given
            rows = {
                "heading": given.heading, "journey": given.journey, "columns": min(1, given.nodes),
                "nodes": max(0, given.nodes - 1), "selected": given.selected, "log-title": int(given.log > _TITLED),
                "log": given.log - int(given.log > _TITLED), "keys": given.keys,
            }  # fmt: skip
            for name, count in rows.items():
                self.query_one(f"#{name}").styles.height = count
        return given

    def _panel(self, name: str, lines: Sequence[Line], height: int) -> None:
        self.query_one(f"#{name}", Panel).show(lines[:height])

    def _draw_nodes(self, width: int, given: Heights) -> None:
        gutter, rows = self.scene.rows(width // 4)
        columns = layout(rows, width, gutter, tall=given.tall)
        each = 2 if given.tall else 1
        lines = []
        for number, row in enumerate(rows):
            chosen = number == self.scene.chosen
            lines.append(row_line(row, columns, width, gutter, chosen=chosen))
            if given.tall:
                lines.append(second_line(row, width, gutter, chosen=chosen))
        pane = self.query_one("#nodes", NodePane)
        first = self.scene.chosen * each
        pane.show_all(lines, keep=(first, first + each - 1))
        above, below = (-(-count // each) for count in pane.beyond)
        self._panel("columns", [heading_line(columns, width, gutter, above, below)], 1)

    def _draw_log(self, width: int, given: Heights) -> None:
        log = self.scene.log
        lines = list(board_lines(log.at_least("info")[-max(1, given.log) :], width, given.log))
        self._panel("log-title", [Line((("Log  ", "strong"), (log.tally(), "quiet")))], 1)
        self.query_one("#log", Pane).show_all(lines)

    def on_pane_picked(self, event: Pane.Picked) -> None:
        """Puts the cursor on a node that was clicked; a click on the log opens it."""
        event.stop()
        if event.pane.id == "log":
            self.app.simulate_key("l")
            return
        each = 2 if self._given and self._given.tall else 1
        self.scene.move(event.index // each - self.scene.chosen)
        self.draw()

    def on_node_pane_moved(self, event: NodePane.Moved) -> None:
        """Moves the cursor."""
        self.scene.move(event.by)
        self.draw()
