"""The dashboard: pulls snapshots four times a second, shows them, and passes on what the user wants.

Pulled rather than pushed, and asked for on threads of their own: neither side ever waits for the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.events import Key
from textual.screen import Screen

from runtime.tui import requests
from runtime.tui.board import Board
from runtime.tui.confirm import Confirm
from runtime.tui.courier import Answered, Closed, Courier, Order, Pulled
from runtime.tui.detail import DetailScreen
from runtime.tui.detail_lines import HOW
from runtime.tui.ended import EndScreen
from runtime.tui.help_lines import help_lines
from runtime.tui.keys import COMMANDS, bindings
from runtime.tui.log_screen import LogScreen
from runtime.tui.page import Page, told
from runtime.tui.prompt import Prompt
from runtime.tui.scene import Scene
from runtime.tui.scene_screen import SceneScreen
from runtime.tui.signals import Signals
from runtime.view import Argument, Link, LinkClosed, Refused, SettingView

PERIOD_S = 0.25
"""How often a snapshot is pulled."""

LATE_S = 1.0
"""After how long without an answer the dashboard says so."""

ANSWER_S = 10.0
"""How long the answer to a command stays."""

BROKEN_OFF = 130
"""Exit code when the user did not wait for the end, as after Ctrl-C."""


def run_dashboard(link: Link, *, inline: bool = False) -> int:
    """Shows a run until it or the user ends it.

    Args:
        link: the way to the engine; used by two threads of the dashboard, which does not close it.
        inline: ten lines under the prompt instead of the whole terminal.

    Returns:
        0 when the run ended in order or the user ended it, 130 when the user did not wait for its end, 128 and the
        number of a signal that ended the dashboard, else the exit code of the `LinkClosed` that told of its end (1
        unless it says otherwise).
    """
    dashboard = Dashboard(link, inline=inline)
    code = dashboard.run(inline=inline)
    return code if code is not None else dashboard.return_code or 0


class Dashboard(App[int]):
    """Textual's application around the scene.

    Args:
        link: the way to the engine.
        inline: lay out ten lines.
        period_s: how often to look.
        clock: seconds from any start on.
    """

    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]
    TITLE = "dlc"

    def __init__(
        self, link: Link, *, inline: bool = False, period_s: float = PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__()
        self.scene = Scene()
        self._inline = inline
        self._period_s = period_s
        self._clock = clock
        self._courier = Courier(link, self.post_message)
        self._asked_at: float | None = None  # when the look that is under way was asked for
        self._ordered_at = 0.0  # when the command that is under way was its turn
        self._answer_at = 0.0
        self._gone = False
        self._quitting = False
        self._signals = Signals()

    def get_default_screen(self) -> Screen[None]:
        """Returns the main screen."""
        return Board(self.scene, inline=self._inline)

    @property
    def busy(self) -> bool:
        """Whether something that the engine was asked for has not been shown yet."""
        return self._asked_at is not None or bool(self.scene.orders)

    def on_mount(self) -> None:
        """Begins to look."""
        self._signals.take(self.exit)
        self._courier.start()
        self.set_interval(self._period_s, self.look)
        self.look()

    def on_unmount(self) -> None:
        """Ends the thread that looks."""
        self._courier.stop()
        self._signals.give_back()

    def on_key(self, event: Key) -> None:
        """Lets nothing get lost that was typed for a prompt before it was open."""
        prompt = self.screen
        if isinstance(prompt, Prompt) and prompt.missed(event):
            event.prevent_default()
            self.call_after_refresh(prompt.type_again, event)

    def look(self) -> None:
        """Asks for a snapshot unless one is under way; says so when that takes long."""
        now = self._clock()
        if self.scene.answer and now - self._answer_at > ANSWER_S:
            self.scene.answer = ""
        self.scene.order_s = now - self._ordered_at if self.scene.orders else 0.0
        if self._asked_at is None:
            self._asked_at = now
            self._courier.look(self.scene.log.last)
        elif now - self._asked_at > LATE_S:
            self.scene.late_s = now - self._asked_at
            self.draw()

    def draw(self) -> None:
        """Draws the screen on top anew; where that is an overlay, the one below it as well."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, SceneScreen):
                screen.draw()
                return

    def on_pulled(self, event: Pulled) -> None:
        """Shows a snapshot; leaves when the run has ended in order, or as the user wished."""
        self._asked_at = None
        self.scene.take(event.state, event.graph)
        self.scene.log.add(event.log)
        if event.state.state == "ended":
            self.exit(0)
        elif event.state.state == "failed" and self._quitting:
            self.exit(1)
        self.draw()

    def on_answered(self, event: Answered) -> None:
        """Shows what became of a command."""
        self.scene.carried_out(event.order.name)
        self._ordered_at = self._clock()
        if event.order.name != "stop" or event.refused:
            self.tell(event.text, refused=event.refused)
        if event.order.then is not None:
            event.order.then(event.refused)
        elif event.refused and "\n" in event.text:
            self.push_screen(Page(self.scene, told(f"{event.order.name} was refused:", str(event.refused))))
        self.look()

    def on_closed(self, event: Closed) -> None:
        """Leaves if the user wanted it; else says that, and how, the engine ended."""
        if self._quitting:
            self.exit(0)
        elif not self._gone:
            self._gone = True
            self.show_end(event.error)

    def show_end(self, error: LinkClosed) -> None:
        """Says how the engine ended."""
        self.scene.late_s = 0.0
        self.scene.state = replace(self.scene.state, state="failed" if error.exit_code else "ended")
        self.draw()
        self.push_screen(EndScreen(self.scene, str(error), error.exit_code))

    def tell(self, text: str, refused: Refused | None = None) -> None:
        """Shows a sentence for some seconds."""
        self.scene.answer, self.scene.refused = text, refused is not None
        if refused is not None and refused.help:
            self.scene.answer += f" ({refused.help})"
        self._answer_at = self._clock()
        self.draw()

    def order(self, name: str, then: requests.Then | None = None, **arguments: Argument) -> None:
        """Has a command carried out."""
        if not self.scene.orders:
            self._ordered_at = self._clock()
        self.scene.orders.append(name)
        self._courier.ask(Order(name, arguments, then))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002 - the same on every screen
        """Yields every command for the palette, and the choice of a theme."""
        for item in COMMANDS:
            if item.listed:
                yield SystemCommand(item.help.split(":")[0].rstrip("."), item.shown, self._runner(item.action))
        yield SystemCommand("Change the theme", "Colours of the dashboard", self.action_change_theme)
        yield SystemCommand("Save the screen as SVG", "A picture of the dashboard", self.deliver_screenshot)

    def _runner(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action)

        return run

    def action_move(self, by: int) -> None:
        """Moves the cursor."""
        self.scene.move(by)
        self.draw()

    def action_pause(self) -> None:
        """Pauses, or goes on."""
        self.order("resume" if self.scene.state.state == "paused" else "pause")

    def action_step(self) -> None:
        """Lets one frame through."""
        self.order("step")

    def action_bypass(self) -> None:
        """Passes the chosen node by, or no longer."""
        if (node := self.scene.node) is not None:
            self.order("bypass", node=node.name, on=not self.scene.now_of(node).bypassed)

    def action_quality(self, by: int) -> None:
        """Goes up or down the ladder of quality."""
        self.order("step_quality", by=by)

    def action_picture(self) -> None:
        """Saves the last presented picture."""
        self.order("picture")

    def action_reload(self) -> None:
        """Reads the graph file again."""
        self.order("reload")

    def action_save(self) -> None:
        """Writes changed settings into the graph file."""
        self.order("save")

    def action_set(self) -> None:
        """Asks for a setting of any node."""
        self._ask(requests.any_setting(self.scene, self.order))

    def action_face(self) -> None:
        """Asks for another face."""
        self._ask(requests.face(self.order))

    def _change(self, setting: SettingView) -> None:
        """Asks for a new value of a setting of the chosen node, if it can change while the graph runs."""
        if (node := self.scene.node) is not None and node.end and not setting.live:
            self.tell(f"{setting.name} {HOW['new run']}: end this one, and start another with --set")
        elif node is not None:
            self._ask(requests.one_setting(node, setting, self.order))

    def _ask(self, prompt: Prompt) -> None:
        self.push_screen(prompt)

    def action_detail(self) -> None:
        """Opens the chosen node."""
        self.push_screen(DetailScreen(self.scene, self._change))

    def action_log(self) -> None:
        """Opens the log."""
        self.push_screen(LogScreen(self.scene))

    def action_help(self) -> None:
        """Opens the help."""
        self.push_screen(Page(self.scene, help_lines))

    async def action_quit(self) -> None:
        """Stops the run; asks first where a file is not finished; at the second time does not wait."""
        if self._quitting:
            self.order("stop", now=True)
            self.exit(BROKEN_OFF)
            return
        state, graph = self.scene.state, self.scene.graph
        if state.state == "failed":
            self.exit(1)
            return
        if graph is not None and graph.mode == "file" and state.state in ("running", "paused", "holding"):
            self.push_screen(
                Confirm("The file is not finished. Stop here and keep what is written so far?", self._stop)
            )
            return
        self._stop()

    def _stop(self) -> None:
        self._quitting = True
        self.scene.orders.clear()  # what was asked for before is not waited for any more
        self.tell("stopping; q again does not wait")
        self.order("stop", self._stopped, now=False)

    def _stopped(self, refused: Refused | None) -> None:
        if refused and self.scene.state.state == "loading":
            self.exit(BROKEN_OFF)  # nothing is there yet that could be ended in order
