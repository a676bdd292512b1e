"""What became of the last command, in as few lines as it needs."""

from __future__ import annotations

from runtime.tui.line import Line, Tone, wrapped
from runtime.tui.scene import Scene


def answer_lines(scene: Scene, width: int, most: int = 3) -> list[Line]:
    """Returns the answer; none some seconds after a command, and before the first."""
    if not scene.answer:
        return []
    tone: Tone = "warning" if scene.refused else "accent"
    first, *more = scene.answer.split("\n")
    words = f"{'refused: ' * scene.refused}{first}{' …' * bool(more)}"
    return [Line(((line, tone),)) for line in wrapped(words, width)][:most]
