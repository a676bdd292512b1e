"""`models inspect` and `models convert`: what a network is made of, how devices take it, and in half precision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.common import Format
from commands.terminal import columns, indented, show
from runtime.errors import ConfigurationError, ModelError
from runtime.spelling import near

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType
    from rich.table import Table

    from models.anatomy import Anatomy
    from models.cards import Card
    from models.onnx_session import OnnxSession
    from models.parity import Parity

ASSETS = Path(__file__).parents[1] / "assets"

Model = Annotated[
    str, typer.Argument(metavar="FILE|NAME", help="An ONNX or DFM file, or the name of a model, also dfm:NAME.")
]


def inspect(
    model: Model,
    device: Annotated[
        list[str] | None, typer.Option("--device", help="Time it there; may be repeated. By default all that are here.")
    ] = None,
    form: Format = "text",
) -> None:
    """Says what a network is made of, how CoreML would cut it, and how long a run takes on each device here."""
    path, card = found(model)
    content, body = looked_into(path)
    facts: dict[str, Any] = {"file": str(path), "bytes": len(content), "operators": dict(body.operators.most_common())}
    facts |= {name: getattr(body, name) for name in ("parameters", "flops", "unknown", "inputs", "outputs", "opset")}
    facts["coreml"] = _coreml(content)
    facts["devices"] = _devices(content, card, path, device)
    if form == "json":
        print(json.dumps(facts, indent=2, ensure_ascii=False))
    else:
        show(_text(facts))


def convert(
    model: Model,
    fp16: Annotated[bool, typer.Option("--fp16", help="Compute in half precision.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; by default NAME_fp16.onnx here.")
    ] = None,
) -> None:
    """Writes a network in half precision, and how far its answers on the demo faces are from the original's."""
    if not fp16:
        raise ConfigurationError("say what to convert to: --fp16")
    from models.half import converted
    from models.measure import timed

    path, card = found(model)
    target = output or Path(f"{path.stem}_fp16.onnx")  # where models lie is not the user's to fill
    if target.exists():
        raise ConfigurationError(f"{target} is there; choose another name with -o")
    content, _ = looked_into(path)
    half = converted(content)
    sessions = {"before": _session(content), "after": _session(half)}
    parities = _parities(sessions["before"], sessions["after"], card)
    _write(target, half)
    times = timed(sessions)
    show(_conversion(target, (len(content), len(half)), parities, (times["before"].cpu_ms, times["after"].cpu_ms)))


def found(model: str) -> tuple[Path, Card | None]:
    """Returns a file, and its card where a name was given or the file has that of a card's."""
    from models.cards import DFM, card_names, cards, load_card
    from models.store import Store

    store = Store()
    if model in card_names() or model.startswith(DFM):
        card = load_card(model)
        file = card.file_for("any")
        if file.own and store.state(card) == "missing" and (meant := near(model, [own.name for own in store.own()])):
            raise ConfigurationError(f"the model {model!r} is not here; {meant}")
        store.read(file, model)  # not here, or not what it was: an error
        return store.path(file), card
    path = Path(model)
    if path.is_dir():
        raise ConfigurationError(f"{model} is a folder: name a file in it")
    if not path.is_file():
        meant = near(model, [*card_names(), *(own.name for own in store.own())]) or "see dlc.py models list"
        raise ConfigurationError(f"{model} is no file and no model: {meant}")
    return path, next((card for card in cards() if path.name in [file.name for file in card.files]), None)


def looked_into(path: Path) -> tuple[bytes, Anatomy]:
    """Returns a file's content and what is in it; raises `ModelError` for what is no network in one file."""
    from models.anatomy import anatomy
    from models.contract import content_of, contract_in
    from models.refusals import refusal

    content = content_of(path)
    contract_in(content, path)
    try:
        return content, anatomy(content)
    except Exception as error:  # ONNX's and ONNX Runtime's errors have no base of their own
        raise ModelError(f"{path}: is no network that ONNX Runtime can load: {refusal(error)}") from error


def _session(content: bytes, device: str = "cpu") -> OnnxSession:
    from models.caches import cache_folder
    from models.opening import Opening, Wish

    return Opening(Wish(device), cache_folder()).open(content)


def _coreml(content: bytes) -> dict[str, Any]:
    """Returns how CoreML would cut a network: by ONNX Runtime's table alone, as it is, and rewritten."""
    import onnxruntime as ort

    from models.opening import Wish
    from models.partitions import coreml_partitions
    from models.rewrite import made_for, passes_for, simplified

    simple = simplified(content)
    passes = passes_for(content, "coreml")
    made, verdict = made_for(content, passes, Wish("coreml")) if passes else (content, {"passes": {}})
    changes = {name: count for name, count in verdict["passes"].items() if count}
    return {
        "version": ort.__version__,
        "by the table": str(coreml_partitions(simple, None)),
        "as it is": str(coreml_partitions(simple)),
        "rewritten": str(coreml_partitions(made)) if changes else None,
        "passes": changes,
    }


def _devices(content: bytes, card: Card | None, path: Path, names: list[str] | None) -> list[dict[str, Any]]:
    """Returns what runs a network on each device, and for how long; where it does not run, why."""
    from models.caches import cache_folder
    from models.contract import content_of
    from models.measure import timed
    from models.opening import Wish
    from models.providers import device_of, devices_here
    from models.rewrite import rewritten

    contents: dict[str, tuple[str, bytes]] = {}
    for name in names or devices_here():
        family = device_of(name).family
        contents[name] = (name, content)
        changed = rewritten(content, Wish(name), cache_folder())
        if changed is not content:
            contents[f"{name}, rewritten"] = (name, changed)
        made_for_it = path.with_name(card.file_for(family).name) if card else path
        if made_for_it != path and made_for_it.is_file():
            contents[f"{name}, {made_for_it.name}"] = (name, content_of(made_for_it))
    sessions, failures = {}, {}
    for label, (name, data) in contents.items():
        try:
            sessions[label] = _session(data, name)
        except ModelError as error:
            failures[label] = str(error)
    try:
        times = timed(sessions) if sessions else {}
    except ModelError as error:
        failures |= dict.fromkeys(sessions, str(error))
        times, sessions = {}, {}
    rows = [{"device": label, **times[label]._asdict(), "runs": str(sessions[label].placement)} for label in sessions]
    return [*rows, *({"device": label, "fails": why} for label, why in failures.items())]


def _text(facts: dict[str, Any]) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(facts["file"], "bold")
    table = columns()
    table.add_row("takes", "\n".join(facts["inputs"]))
    table.add_row("gives", "\n".join(facts["outputs"]))
    table.add_row("parameters", f"{facts['parameters']:,} in a file of {facts['bytes']:,} bytes")
    unknown = f", without {facts['unknown']} operators of unknown shape" if facts["unknown"] else ""
    table.add_row("arithmetic", f"{facts['flops'] / 1e9:.3g} GFLOP a run (convolutions and products){unknown}")
    operators = ", ".join(f"{count} {name}" for name, count in facts["operators"].items())
    table.add_row("operators", f"{operators}; opset {facts['opset']}")
    yield from (indented(table), "")
    coreml = facts["coreml"]
    yield Text(f"CoreML, as an ML program (estimated; ONNX Runtime {coreml['version']})", "bold")
    yield from (indented(_partitions(coreml)), "")
    yield Text("Devices here, one thread each, median of a run", "bold")
    if times := [row for row in facts["devices"] if "fails" not in row]:
        yield indented(_timings(times))
    for row in facts["devices"]:
        if "fails" in row:
            yield from ("", f"{row['device']}: {row['fails']}")


def _partitions(coreml: dict[str, Any]) -> Table:
    table = columns()
    if coreml["by the table"] != coreml["as it is"]:
        table.add_row("by its table", coreml["by the table"])
    table.add_row("as it is", coreml["as it is"])
    if coreml["passes"]:
        passes = ", ".join(f"{name} {count}x" for name, count in coreml["passes"].items())
        table.add_row("rewritten", f"{coreml['rewritten']} ({passes})")
    return table


def _timings(rows: list[dict[str, Any]]) -> Table:
    table = columns("device", "ms", "CPU ms", "what runs")
    for row in rows:
        table.add_row(row["device"], f"{row['ms']:.2f}", f"{row['cpu_ms']:.2f}", row["runs"])
    return table


def _parities(before: OnnxSession, after: OnnxSession, card: Card | None) -> list[Parity]:
    from models.parity import compare, demo_faces
    from models.session import ModelStore

    return compare(before, after, demo_faces(ModelStore(), ASSETS), card)


def _write(target: Path, content: bytes) -> None:
    from runtime.whole_file import write_whole

    try:
        write_whole(target, content)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error


def _conversion(
    target: Path, sizes: tuple[int, int], parities: list[Parity], times: tuple[float, float]
) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(f"{target}: {sizes[1]:,} bytes, before {sizes[0]:,}", "bold")
    yield f"on this CPU {times[1]:.2f} ms a run, before {times[0]:.2f} (half precision is for GPUs and neural engines)"
    yield from ("", "On the demo faces, against the original:")
    table = columns("output", "largest", "mean", "of values up to", "cosine")
    for item in parities:
        row = (f"{item.largest:.3g}", f"{item.mean:.2g}", f"{item.reach:.3g}", f"{item.cosine:.6f}")
        table.add_row(item.output, *row)
    yield indented(table)
