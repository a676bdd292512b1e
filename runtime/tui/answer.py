"""What became of the last command, or for how long it has been carried out, in as few lines as it needs."""

from __future__ import annotations

from runtime.tui.line import Line, Tone, packed, part, shortened, wrapped
from runtime.tui.scene import Scene

SLOW_S = 1.0
"""After how long a command that is under way is told."""


def answer_lines(scene: Scene, width: int, most: int = 3) -> list[Line]:
    """Returns the answer; none some seconds after a command, and before the first."""
    if scene.orders and scene.order_s >= SLOW_S:
        return [packed([part((f"{scene.orders[0]} takes {scene.order_s:.0f} s so far", "accent"))], width)]
    if not scene.answer:
        return []
    tone: Tone = "warning" if scene.refused else "accent"
    first, *more = scene.answer.split("\n")
    words = f"{'refused: ' * scene.refused}{first}{' …' * bool(more)}"
    return shortened((Line(((line, tone),)) for line in wrapped(words, width)), most, width)
