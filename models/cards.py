"""Model cards: what each network is, where it comes from, and what it takes and gives.

A card is a YAML file in `models/cards/`. It is the only place that names a model's files, so that nothing
is loaded whose size and SHA-256 are not written down. Loading a network is `models/session.py`'s work.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.errors import ModelError

CARDS = Path(__file__).parent / "cards"
BUNDLED = Path(__file__).parent / "bundled"

Triple = tuple[float, float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ModelFile(_Strict):
    """A file in `models/bundled/`.

    Attributes:
        device: where this file is preferred: `any`, or only on that device because the graph was rewritten for it.
        machines: processors (as `platform.machine` names them) for which it was measured to be faster; none: all.
    """

    name: str
    bytes: int = Field(gt=0)
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    device: Literal["any", "cpu"] = "any"
    machines: tuple[str, ...] = ()


class Licence(_Strict):
    """What may be done with the model; `unclear` where its makers do not say."""

    name: str
    commercial: Literal["allowed", "forbidden", "unclear"]
    origin: str
    note: str = ""


class Input(_Strict):
    """The picture that the network takes: (pixel - mean) / std for each channel in the order of `color`."""

    name: str
    size: tuple[int, int]
    layout: Literal["NHWC", "NCHW"]
    color: Literal["RGB", "BGR"]
    mean: Triple
    std: Triple

    @property
    def shape(self) -> list[int]:
        """The tensor's shape."""
        width, height = self.size
        return [1, height, width, 3] if self.layout == "NHWC" else [1, 3, height, width]


class Card(_Strict):
    """What is known of one model. `outputs` maps each output, in order, to its meaning."""

    name: str
    task: Literal["detect", "landmarks", "identity", "swap"]
    about: str
    files: tuple[ModelFile, ...] = Field(min_length=1)
    licence: Licence
    input: Input
    outputs: dict[str, str] = Field(min_length=1)
    alignment: str
    notes: tuple[str, ...] = ()

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
    names = card_names(folder)
    if name not in names:
        raise ModelError(f"there is no model {name!r} in {folder}; the models are: {', '.join(names) or 'none'}")
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


def _complaints(error: ValidationError) -> str:
    lines = ((".".join(str(part) for part in item["loc"]) or "card", item["msg"]) for item in error.errors())
    return "\n".join(f"  {where}: {message}" for where, message in lines)
