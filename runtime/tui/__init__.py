"""The dashboard in the terminal. Alone knows Textual; sees of the engine only `runtime.view`."""

from runtime.tui.app import run_dashboard

__all__ = ["run_dashboard"]
