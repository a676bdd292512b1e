"""What the dashboard knows at one moment: the latest snapshot, what came before, and what the user has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runtime.rails import Row
from runtime.tui.graph_rails import rails_of, wide
from runtime.tui.history import History
from runtime.tui.log_lines import Log
from runtime.tui.node_rows import NodeRow
from runtime.view import GraphView, NodeNow, NodeView, StateView


@dataclass(slots=True)
class Scene:
    """Everything that is shown.

    Attributes:
        graph, state: as last pulled; None before the first time.
        rails: of the graph, by node.
        late_s: for how long the engine has not answered, once that is noticeable.
        orders: names of the commands that are under way, the first one is being carried out.
        order_s: for how long that is so.
        chosen: index of the node that the cursor is on.
        answer, refused: what became of the last command, and whether it was refused.
    """

    graph: GraphView | None = None
    state: StateView = field(default_factory=StateView)
    rails: Mapping[str, Row] = field(default_factory=dict)
    history: History = field(default_factory=History)
    log: Log = field(default_factory=Log)
    late_s: float = 0.0
    orders: list[str] = field(default_factory=list)
    order_s: float = 0.0
    chosen: int = 0
    answer: str = ""
    refused: bool = False

    def take(self, state: StateView, graph: GraphView | None) -> None:
        """Takes a snapshot; the cursor stays on the node of that name when the graph is another one."""
        if graph is not None:
            name = self.node.name if self.node else ""
            self.graph = graph
            self.rails = rails_of(graph)
            names = [node.name for node in graph.nodes]
            self.chosen = names.index(name) if name in names else min(self.chosen, max(0, len(names) - 1))
        self.state = state
        self.late_s = 0.0
        self.history.add(state)

    def carried_out(self, order: str) -> None:
        """Is told that a command was carried out, which may be one that nobody waits for any more."""
        if order in self.orders:
            self.orders.remove(order)
        self.order_s = 0.0

    @property
    def late(self) -> str:
        """What to say when the engine has not answered for a while, else nothing."""
        return f"NO ANSWER for {self.late_s:.0f} s" if self.late_s else ""

    @property
    def node(self) -> NodeView | None:
        """The node that the cursor is on."""
        nodes = self.graph.nodes if self.graph else ()
        return nodes[self.chosen] if self.chosen < len(nodes) else None

    def move(self, by: int) -> None:
        """Moves the cursor, as far as there are nodes."""
        count = len(self.graph.nodes) if self.graph else 0
        self.chosen = max(0, min(count - 1, self.chosen + by))

    def now_of(self, node: NodeView) -> NodeNow:
        """Returns a node's figures; none yet while they still belong to another graph."""
        return next((now for now in self.state.nodes if now.name == node.name), NodeNow(node.name, device="-"))

    def rows(self, most_rails: int) -> tuple[int, list[NodeRow]]:
        """Returns how wide the rails are (0: no room for them), and what there is to say about each node."""
        if self.graph is None:
            return 0, []
        rows = [self.row(node) for node in self.graph.nodes]
        width = max((wide(row.cells) for row in self.rails.values()), default=0)
        if width > most_rails:
            return 0, rows
        beside = [self.rails[row.view.name] for row in rows]
        return width, [replace(row, rails=rail.cells, below=rail.below) for row, rail in zip(rows, beside, strict=True)]

    def row(self, node: NodeView) -> NodeRow:
        """Returns what there is to say about a node, without rails."""
        return NodeRow(
            node, self.now_of(node), self.history.of(node.name), bottleneck=node.name == self.state.bottleneck
        )
