"""Model cards: what each network is, where it comes from, and what it takes and gives.

A card is a YAML file in `models/cards/`. It is the only place that names a model's files, where they may be had, and
what their bytes must be. Loading a network is `models/session.py`'s work, having one that of `models/store.py`.
"""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from runtime.errors import ModelError
from runtime.spelling import suggestion

CARDS = Path(__file__).parent / "cards"
BUNDLED = Path(__file__).parent / "bundled"

Triple = tuple[float, float, float]
Task = Literal["detect", "landmarks", "identity", "convert", "swap", "enhance", "mask"]
Commercial = Literal["allowed", "forbidden", "unclear"]
Dims = tuple[int | str, ...]
"""A tensor's shape; a word stands for a side that varies."""

UNKNOWN = "unknown"
DFM, DFM_FILE = "dfm:", ".dfm"
"""How the name of an imported DFM file begins, and how that of the file ends."""
_SHAPE = re.compile(r"\[([^\]]*)\]: ")
_SHAPED = Annotated[str, Field(pattern=r"^\[[^\]]*\]: ")]
_URL = Annotated[str, Field(pattern=r"^(https://|http://(localhost|127\.0\.0\.1)[:/])")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ModelFile(_Strict):
    """A file of a model: in `models/bundled/` if it has no addresses, else in the user's folder once it is there.

    Attributes:
        bytes, sha256: what it must be; a file whose SHA-256 nobody vouches for is pinned when it first comes.
        urls: where the same bytes may be had, in the order of trial; `PACK.zip#NAME` is a file within a pack.
        device: where this file is preferred: `any`, or only on that device because the graph was rewritten for it.
        machines: processors (as `platform.machine` names them) for which it was measured to be faster; none: all.
        own: whether it is the user's own, had by `models import` alone.
    """

    name: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    bytes: Annotated[int, Field(gt=0)] | None
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64}|unknown)$")]
    urls: tuple[_URL, ...] = ()
    device: Literal["any", "cpu"] = "any"
    machines: tuple[str, ...] = ()
    own: bool = False

    @property
    def bundled(self) -> bool:
        """Whether it comes with dlc."""
        return not self.urls and not self.own

    @model_validator(mode="after")
    def _is_pinned(self) -> ModelFile:
        if self.bundled and (self.bytes is None or self.sha256 == UNKNOWN):
            raise ValueError("a file without addresses comes with dlc, so its size and SHA-256 are known")
        return self


class Licence(_Strict):
    """What may be done with the model; `unclear` where its makers do not say."""

    name: str
    commercial: Commercial
    origin: str
    note: str = ""


class Input(_Strict):
    """The picture that the network takes: (pixel - mean) / std for each channel in the order of `color`.

    Attributes:
        name: as the file has it, or None where that is not known.
        size: width and height, px; with `varies` the usual one of several.
    """

    name: str | None
    size: tuple[int, int]
    varies: bool = False
    layout: Literal["NHWC", "NCHW"]
    color: Literal["RGB", "BGR"]
    mean: Triple
    std: Triple

    @property
    def shape(self) -> list[int]:
        """The tensor's shape."""
        width, height = self.size
        return [1, height, width, 3] if self.layout == "NHWC" else [1, 3, height, width]

    @property
    def dims(self) -> Dims:
        """The same, with words for the sides that vary."""
        sides = ("height", "width") if self.varies else self.size[::-1]
        return (1, *sides, 3) if self.layout == "NHWC" else (1, 3, *sides)


class Card(_Strict):
    """What is known of one model.

    Attributes:
        proven: whether dlc has run this model, through a session, with what comes before and after it.
        input: the picture that it takes, if it takes one.
        more_inputs: what else it takes, by name: "[1, 512]: what it means".
        optional_inputs: what some files of the kind take besides, in the same form.
        outputs: each output, in order, in the same form. A shape of `[...]` is not known.
        output_names: whether the names of the outputs are those in the file, or only ours.
        output_range: what the numbers of a picture that it gives lie between.
        embedding: what is done to a source's embedding before the network gets it.
        needs: further models without which this one is of no use.
        gflop: operations of one run, 10^9, by its layers: for plans where the file is not here; None: not known.
    """

    name: str
    task: Task
    about: str
    proven: bool = True
    files: tuple[ModelFile, ...] = Field(min_length=1)
    licence: Licence
    input: Input | None = None
    more_inputs: dict[str, _SHAPED] = {}
    optional_inputs: dict[str, _SHAPED] = {}
    outputs: dict[str, _SHAPED] = Field(min_length=1)
    output_names: Literal["exact", "unclear"] = "exact"
    output_range: tuple[float, float] | None = None
    alignment: str
    embedding: str = ""
    needs: tuple[str, ...] = ()
    gflop: Annotated[float, Field(gt=0)] | None = None
    notes: tuple[str, ...] = ()

    @property
    def bundled(self) -> bool:
        """Whether it comes with dlc."""
        return all(file.bundled for file in self.files)

    @model_validator(mode="after")
    def _takes_something(self) -> Card:
        if self.input is None and not self.more_inputs:
            raise ValueError("a network takes a picture (`input`), or something else (`more_inputs`)")
        return self

    def file_for(self, device: str, machine: str = platform.machine()) -> ModelFile:
        """Returns the file made for a device and processor, else the one that runs anywhere; raises `ModelError`."""
        fitting = [file for file in self.files if not file.machines or machine in file.machines]
        for wanted in (device, "any"):
            for file in fitting:
                if file.device == wanted:
                    return file
        raise ModelError(f"model {self.name!r} has no file that runs on {device!r}: see its card")


def card_names(folder: Path = CARDS) -> list[str]:
    """Returns the names of all cards, sorted."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load_card(name: str, folder: Path = CARDS) -> Card:
    """Returns a model's card; raises `ModelError` where there is none or where it does not hold."""
    if name.startswith(DFM) or name.endswith(DFM_FILE):
        return dfm_card(Path(name.removeprefix(DFM)).name.removesuffix(DFM_FILE))
    names = card_names(folder)
    if name not in names:
        raise ModelError(f"there is no model {name!r}{suggestion(name, names)}")
    path = folder / f"{name}.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        card = Card.model_validate_json(json.dumps(data))  # in JSON's strict mode a list may become a tuple
    except (OSError, TypeError, yaml.YAMLError) as error:
        raise ModelError(f"{path}: the card cannot be read: {error}; restore the file") from error
    except ValidationError as error:
        raise ModelError(f"{path}: the card does not hold:\n{_complaints(error)}") from error
    if card.name != name:
        raise ModelError(f"{path}: the card calls itself {card.name!r}; a card is named like its file")
    return card


def dfm_card(person: str) -> Card:
    """Returns the card of a DFM file, which all share; raises `ModelError` for a name that no file may have."""
    if not re.fullmatch(r"\w[\w-]*", person):
        raise ModelError(f"{person!r} is no name for a DFM file: letters, digits, _ and - only; rename it")
    file = ModelFile(name=f"{person}{DFM_FILE}", bytes=None, sha256=UNKNOWN, own=True)
    return Card(
        name=f"{DFM}{person}", task="swap", about="Swaps faces to the one person that it was trained on.", proven=False,
        files=(file,),
        licence=Licence(name="not stated", commercial="unclear", origin="whoever trained it"),
        input=Input(
            name="in_face:0", size=(224, 224), varies=True, layout="NHWC", color="BGR",
            mean=(0, 0, 0), std=(255, 255, 255),
        ),
        optional_inputs={"morph_value:0": "[1]: how much of the trained person"},
        outputs={
            "mask": "[1, height, width, 1]: where the target's face is",
            "face": "[1, height, width, 3]: the trained person's face, BGR",
            "new_mask": "[1, height, width, 1]: where that face is",
        },
        output_names="unclear", output_range=(0, 1), alignment="dfl_whole_face",
    )  # fmt: skip


def cards(folder: Path = CARDS) -> list[Card]:
    """Returns all cards, sorted by name; raises `ModelError` where one does not hold."""
    return [load_card(name, folder) for name in card_names(folder)]


def dims_in(meaning: str) -> Dims | None:
    """Returns the shape that a meaning such as "[1, 512]: a face" opens with, or None where it is not known."""
    match = _SHAPE.match(meaning)
    if match is None or match[1] == "...":
        return None
    return tuple(int(part) if part.isdecimal() else part for part in match[1].split(", ") if part)


def _complaints(error: ValidationError) -> str:
    lines = ((".".join(str(part) for part in item["loc"]) or "card", item["msg"]) for item in error.errors())
    return "\n".join(f"  {where}: {message}" for where, message in lines)
