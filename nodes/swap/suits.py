"""What `swap` can work with: which settings need which landmarks, and which people, of the faces that it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models.dfm import is_dfm
from models.landmarks import SCHEME
from models.neural_swappers import FAMILIES
from models.sources import RECOGNISER
from runtime.told import Given, Told, Unsuited

_KEPT = ("keep_eyes", "keep_mouth", "keep_brows")


def unsuited(settings: Mapping[str, Any], given: Given) -> Iterator[Unsuited]:
    """Yields what cannot work with these faces."""
    landmarks = given.get("landmarks")
    if landmarks is not None and SCHEME not in landmarks.words:
        yield from _without_mesh(settings, landmarks)
    if settings["identity_weight"] != 1:
        yield from _without_identity(settings["model"], given)
    people = given.get("people")
    for name in settings["map"] if people is not None and not is_dfm(settings["model"]) else ():
        if name not in people.words:
            known = f"only {', '.join(people.words)}" if people.words else "and nobody else either"
            help_text = f"`people` of a cache before it says who is who, for example: people: [{name}.jpg]"
            yield Unsuited("map", "people", f"{people.node} knows nobody as {name}, {known}", help_text)


def _without_mesh(settings: Mapping[str, Any], landmarks: Told) -> Iterator[Unsuited]:
    have = landmarks.words[0] if landmarks.words else "only five points"
    way = f"write `landmarks: facemesh` in {landmarks.node}"
    if settings["model"] == "mesh":
        reason = f"mesh bends the landmarks of facemesh, and {landmarks.node} gives {have}"
        yield Unsuited("model", "landmarks", reason, f"{way}, or take a network as the model")
        return
    for setting in _KEPT:
        if settings[setting]:
            reason = f"its place is found by the landmarks of facemesh, and {landmarks.node} gives {have}"
            yield Unsuited(setting, "landmarks", reason, f"{way}, or leave it out")


def _without_identity(model: str, given: Given) -> Iterator[Unsuited]:
    family = FAMILIES.get(model)
    identity = given.get("identity")
    if family is None or family.portrait is not None:
        reason = f"{model} is not told of a person by a vector that could be mixed with another"
        yield Unsuited(
            "identity_weight", "", reason, "leave it at 1, or take for example hyperswap_1a_256 as the model"
        )
    elif identity is not None and RECOGNISER not in identity.words:
        have = f"those of {identity.words[0]}" if identity.words else "none"
        reason = f"mixes with the faces' own identities of {RECOGNISER}, and {identity.node} gives {have}"
        way = f"write `identity: {RECOGNISER}` in a cache before it, or leave it at 1"
        yield Unsuited("identity_weight", "identity", reason, way)
