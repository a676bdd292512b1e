"""What the dashboard asks the user for before it can ask the engine: settings and faces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from runtime.tui.detail_lines import HOW
from runtime.tui.prompt import Complete, Prompt, files, starting_with
from runtime.tui.scene import Scene
from runtime.view import Argument, NodeView, Refused, SettingView
from runtime.words import changes

Then = Callable[[Refused | None], None]


class Send(Protocol):
    """Has a command carried out; `then` is told whether it was refused."""

    def __call__(self, name: str, then: Then | None = None, **arguments: Argument) -> None:
        """Sends it."""
        ...


def one_setting(node: NodeView, setting: SettingView, send: Send) -> Prompt:
    """Returns the question for a new value of a setting of a node."""
    about = [
        setting.help,
        f"takes {setting.type or 'anything'}{f' ({setting.unit})' if setting.unit else ''}"
        + (f"; default {setting.default}" if setting.default else ""),
        HOW[changes(live=setting.live, end=node.end)],
    ]

    def give(text: str) -> None:
        send("set", prompt.answered, setting=f"{node.name}.{setting.name}", value=text)

    complete: Complete = starting_with(setting.choices) if setting.choices else files if _is_file(setting) else _nothing
    prompt = Prompt(f"{node.name}.{setting.name}", about, setting.value, complete, give)
    return prompt


def any_setting(scene: Scene, send: Send) -> Prompt:
    """Returns the question for `node.setting=value`."""

    def give(text: str) -> None:
        setting, equals, value = text.partition("=")
        if not equals:
            prompt.answered(Refused("a setting is written as node.setting=value"))
            return
        send("set", prompt.answered, setting=setting.strip(), value=value.strip())

    start = f"{scene.node.name}." if scene.node and list(_changeable(scene.node)) else ""
    complete = starting_with(list(_assignments(scene)))
    about = ["live settings change at once, others rebuild their node"]
    prompt = Prompt("Set node.setting=value", about, start, complete, give)
    return prompt


def face(send: Send) -> Prompt:
    """Returns the question for another face."""

    def give(text: str) -> None:
        path = Path(text).expanduser()
        send("face", prompt.answered, file=str(path.absolute()) if path.exists() else text)

    prompt = Prompt("Face to swap to", ["a picture with a face; a person's consent is yours to have"], "", files, give)
    return prompt


def _assignments(scene: Scene) -> Iterator[str]:
    for node in scene.graph.nodes if scene.graph else ():
        for item in _changeable(node):
            yield f"{node.name}.{item.name}={item.value}"
            yield from (f"{node.name}.{item.name}={choice}" for choice in item.choices if choice != item.value)


def _changeable(node: NodeView) -> Iterator[SettingView]:
    """Yields the settings that can change while the graph runs."""
    return (item for item in node.settings if item.live or not node.end)


def _is_file(setting: SettingView) -> bool:
    return setting.type.startswith("file")


def _nothing(text: str) -> list[str]:  # noqa: ARG001 - completes nothing
    return []
