"""C2PA manifests ("content credentials"): signs a finished file, and reads and checks those of any program.

Needs the extra `provenance`. Nothing goes over the network: no time stamp is asked for, no remote manifest fetched.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from provenance.carriers import Carrier, bmff, carrier_of
from provenance.claim import Claim
from runtime.version import VERSION

HOW_TO_INSTALL = "pip install -e '.[provenance]' in the folder of dlc"
_SETTINGS: dict[str, Any] = {
    "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False, "verify_after_sign": False},
    "builder": {"thumbnail": {"enabled": False}},  # a picture of somebody in a place that nobody looks at
}
_UNTRUSTED = "signingCredential.untrusted"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a C2PA manifest says, and whether it holds.

    Attributes:
        holds: the signature is right and the file is the one that was signed.
        own_key: it was signed with this user's own key.
        signer: as the certificate calls it; nobody vouches for that name.
        software: the program that made the claim.
        source_types, actions: what is said to have been done.
        ingredients: titles of the files that it was made from.
        failures: what did not hold, in the words of the C2PA library.
    """

    holds: bool
    own_key: bool
    signer: str
    software: str
    source_types: tuple[str, ...]
    actions: tuple[str, ...]
    ingredients: tuple[str, ...]
    failures: tuple[str, ...]


def installed() -> bool:
    """Returns whether the extra is installed."""
    return all(find_spec(package) is not None for package in ("c2pa", "cryptography", "platformdirs"))


def prepare() -> None:
    """Makes the user's key where there is none; raises `OSError` or `ValueError` when it cannot be used."""
    from provenance.keys import identity_file, own_identity  # noqa: PLC0415  # needs the extra

    own_identity(identity_file())


def sign(
    file: Path, signed: Path, carrier: Carrier, claim: Claim, name: str, target: Path | None, faces: Sequence[Path]
) -> None:
    """Writes a signed copy of a file.

    Args:
        file: whole, with its XMP.
        signed: where the copy goes.
        carrier: what kind of file it is.
        claim: what is said of it.
        name: what it will be called.
        target: the picture or video that it was made from, or None for a recording.
        faces: pictures that were put into it.

    Raises:
        ValueError: it cannot be signed.
        OSError: it cannot be written, or the key cannot be read.
    """
    import c2pa  # noqa: PLC0415  # an extra, and 0.1 s

    from provenance.keys import identity_file, own_identity  # noqa: PLC0415  # needs the extra

    identity = own_identity(identity_file())
    chain, key = identity.chain.encode(), identity.key.encode()
    ingredients = _ingredients([target] if target else [], faces)
    definition = json.dumps(_definition(carrier, claim, name, ingredients))
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, key, None))
        context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS), signer)
        with c2pa.Builder(definition, context) as builder:
            for item in ingredients:
                with item.path.open("rb") as stream:
                    builder.add_ingredient_from_stream(json.dumps(item.about()), item.mime, stream)
            with file.open("rb") as stream, signed.open("w+b") as out:
                builder.sign(carrier.mime, stream, out)
    except c2pa.C2paError as error:
        raise ValueError(f"C2PA: {error}") from error


def is_signed(file: Path, carrier: Carrier) -> bool:
    """Returns whether a file seems to hold a C2PA manifest; asks no library."""
    if not carrier.mime:
        return False
    return bmff.is_signed(file) if carrier.mime.startswith("video/") else b"jumb" in file.read_bytes()


def read(file: Path, carrier: Carrier) -> Credentials:
    """Returns a file's manifest and whether it holds; raises `ValueError` when it cannot be read."""
    import c2pa  # noqa: PLC0415  # an extra, and 0.1 s

    own = _own_authority()
    trust = {"trust": {"user_anchors": own}} if own else {}  # the only one: what it vouches for is our own
    try:
        context = c2pa.Context(c2pa.Settings.from_dict({**_SETTINGS, **trust}))
        with file.open("rb") as stream, c2pa.Reader(carrier.mime, stream, None, context) as reader:
            state, manifest = reader.get_validation_state(), reader.get_active_manifest() or {}
            results = (reader.get_validation_results() or {}).get("activeManifest", {})
    except c2pa.C2paError as error:
        raise ValueError(str(error)) from error
    return _credentials(state, manifest, results)


def _credentials(state: str | None, manifest: dict[str, Any], results: dict[str, Any]) -> Credentials:
    failures = tuple(entry["code"] for entry in results.get("failure", ()))
    actions = [action for item in manifest.get("assertions", ()) for action in _actions(item)]
    signature = manifest.get("signature_info", {})
    return Credentials(
        holds=state in ("Valid", "Trusted"),
        own_key=state == "Trusted",
        signer=signature.get("common_name") or signature.get("issuer") or "",
        software=_software(manifest),
        source_types=tuple(dict.fromkeys(filter(None, (action.get("digitalSourceType") for action in actions)))),
        actions=tuple(_action(action) for action in actions),
        ingredients=tuple(item.get("title", "?") for item in manifest.get("ingredients", ())),
        failures=tuple(code for code in failures if code != _UNTRUSTED),
    )


def _own_authority() -> str:
    from provenance.keys import identity_file, read_identity  # noqa: PLC0415  # needs the extra

    with contextlib.suppress(OSError):
        identity = read_identity(identity_file())
        return identity.authority if identity else ""
    return ""


def _definition(carrier: Carrier, claim: Claim, name: str, ingredients: list[_Ingredient]) -> dict[str, Any]:
    agent = {"name": "dlc", "version": VERSION}
    parent = [item for item in ingredients if item.relation == "parentOf"]
    made = {
        "action": "c2pa.edited" if parent else "c2pa.created",
        "description": f"{claim.statement} Graph {claim.graph}, SHA-256 {claim.digest}.",
        "digitalSourceType": claim.source_type,
        "softwareAgent": agent,
        "when": claim.made_at,
    }
    opened = [item.action("c2pa.opened") for item in parent]
    placed = [item.action("c2pa.placed") for item in ingredients if item not in parent]
    return {
        "title": name,
        "format": carrier.mime,
        "claim_generator_info": [agent],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [*opened, made, *placed]}}],
    }


class _Ingredient(NamedTuple):
    """A file that something was made from; C2PA keeps its title, and the manifest that it has itself."""

    path: Path
    mime: str
    relation: str
    number: int

    def about(self) -> dict[str, str]:
        return {"title": self.path.name, "relationship": self.relation, "instance_id": self._identifier}

    def action(self, name: str) -> dict[str, Any]:
        return {"action": name, "parameters": {"ingredientIds": [self._identifier]}}

    @property
    def _identifier(self) -> str:
        return f"dlc:ingredient:{self.number}"


def _ingredients(parents: Sequence[Path], parts: Sequence[Path]) -> list[_Ingredient]:
    """Returns those of the files that C2PA can name."""
    related = [*((path, "parentOf") for path in parents), *((path, "componentOf") for path in parts)]
    known = [(path, relation, carrier_of(path)) for path, relation in related if path.is_file()]
    return [
        _Ingredient(path, carrier.mime, relation, number)
        for number, (path, relation, carrier) in enumerate(known)
        if carrier is not None and carrier.mime
    ]


def _software(manifest: dict[str, Any]) -> str:
    info: dict[str, str] = next(iter(manifest.get("claim_generator_info") or ()), {})
    return " ".join(filter(None, (info.get("name"), info.get("version")))) or str(manifest.get("claim_generator", ""))


def _actions(assertion: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the actions of an assertion; none for those of another kind."""
    is_list = str(assertion.get("label", "")).startswith("c2pa.actions")
    return list(assertion["data"].get("actions", ())) if is_list else []


def _action(action: dict[str, Any]) -> str:
    return ": ".join(filter(None, (str(action.get("action", "?")), action.get("description"))))
