"""A screen that shows the scene, whenever that or its own size has changed."""

from __future__ import annotations

from textual.screen import ModalScreen, Screen

from runtime.tui.heights import INLINE
from runtime.tui.scene import Scene


class SceneScreen(Screen[None]):
    """Base of the dashboard's screens."""

    DEFAULT_CSS = f"""
    SceneScreen {{ layout: vertical; overflow: hidden; background: $background; }}
    SceneScreen:inline {{ height: {INLINE}; border: none; }}
    """
    AUTO_FOCUS = ""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene

    def draw(self) -> None:
        """Shows the scene."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Lays out anew."""
        self.draw()

    def on_screen_resume(self) -> None:
        """Shows what has changed since this screen was last on top."""
        if self.is_mounted:
            self.draw()


class Overlay(ModalScreen[None]):
    """Base of what lies over a screen and has to be answered first."""

    DEFAULT_CSS = f"""
    Overlay {{ align: center middle; overflow: hidden; }}
    Overlay:inline {{ height: {INLINE}; border: none; }}
    Overlay > Vertical {{
        width: 90%; max-width: 100; height: auto; max-height: 100%; padding: 1 2; background: $surface;
        border: round $primary;
    }}
    Overlay:inline > Vertical {{ padding: 0 1; border: none; }}
    """
