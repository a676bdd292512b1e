"""Puts into each written file, before it gets its name, how it was made; writes the sidecar where one is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nodes.sink.choice import Provenance
from provenance import credentials
from provenance.carriers import Carrier, carrier_for, matroska
from provenance.claim import Claim, claim_of
from provenance.sidecar import sha256_of, sidecar_of, write_sidecar
from provenance.xmp import packet_of, padded
from runtime.errors import ConfigurationError, StreamError
from runtime.facts import RunFacts
from runtime.node import Context


class Stamp:
    """The provenance of one sink's files.

    Args:
        context: tells what runs.
        path: the output: a file, or the pattern of a series.
        kind: what goes into the file.
        sidecar: whether `OUT.dlc.json` is written beside it.

    Raises:
        ConfigurationError: C2PA is asked for, and not installed or has no place in this kind of file.
    """

    def __init__(self, context: Context, path: Path, kind: Provenance, *, sidecar: bool) -> None:
        self._context = context
        self._kind = kind
        self._sidecar = sidecar
        self._carrier = carrier_for(path)
        self._last: tuple[RunFacts, Claim | None] | None = None
        if kind == "c2pa":
            _check_c2pa(self._carrier, path)
        if kind == "none":
            context.log.warning("%s: will not say how it was made (provenance: none)", path)
        elif self._carrier is None and not sidecar:
            self._sidecar = True
            context.log.warning(
                "%s: a %s file cannot say how it was made; %s.dlc.json beside it does", path, path.suffix, path.name
            )

    def tags(self) -> Mapping[str, str]:
        """Returns the container tags that a new file needs so that `mark` finds room in it."""
        if self._kind == "none" or self._carrier is None or self._carrier.embed is not matroska.embed:
            return {}
        claim = self._claim()
        return {matroska.TAG: padded(packet_of(claim), matroska.ROOM).decode()} if claim else {}

    def mark(self, file: Path, name: Path) -> None:
        """Puts the provenance into a finished file.

        Args:
            file: where it is, under its temporary name.
            name: what it will be called.

        Raises:
            StreamError: it cannot be written.
        """
        claim = self._claim()
        if self._kind == "none" or self._carrier is None or claim is None:
            return
        with _failures(name):
            self._carrier.embed(file, packet_of(claim))
            if self._kind == "c2pa":
                self._sign(self._carrier, file, name, claim)

    def digests(self, file: Path) -> Mapping[str, str]:
        """Returns the file's entry for the sidecar; nothing where none is written."""
        if not self._sidecar:
            return {}
        with _failures(file):
            return {file.name: sha256_of(file)}

    def note(
        self, output: Path, digests: Mapping[str, str], frames: int, input_frames: int | None, *, complete: bool
    ) -> None:
        """Writes the sidecar where one is wanted.

        Args:
            output: what it lies beside: a file, or the pattern of a series.
            digests: what `digests` returned for each file.
            frames: so many were written.
            input_frames: so many were to come when the run began, or None.
            complete: False for a run that was broken off.

        Raises:
            StreamError: it cannot be written.
        """
        claim = self._claim() if digests else None
        if claim is None:
            return
        with _failures(output):
            facts = self._context.facts()
            write_sidecar(sidecar_of(claim, facts, digests, frames, input_frames, complete=complete), output)

    def _claim(self) -> Claim | None:
        """Returns what is to be said now; a model may have joined, or a setting changed, since the last picture."""
        facts = self._context.facts()
        if self._last is None or self._last[0] != facts:
            self._last = (facts, claim_of(facts))
        return self._last[1]

    def _sign(self, carrier: Carrier, file: Path, name: Path, claim: Claim) -> None:
        nodes = self._context.facts().nodes
        targets = [path for node in nodes if node.role == "source" for path in node.files]
        faces = [path for node in nodes if node.role == "node" for path in node.files]
        signed = file.with_name(f"{file.stem}.signed{file.suffix}")
        try:
            credentials.sign(file, signed, carrier, claim, name.name, targets[0] if targets else None, faces)
            signed.replace(file)
        finally:
            signed.unlink(missing_ok=True)


def _check_c2pa(carrier: Carrier | None, path: Path) -> None:
    if carrier is None or not carrier.mime:
        raise ConfigurationError(
            f"provenance: c2pa has no place in {path.suffix} files; write .mp4, .mov, .jpg, .png, .webp or "
            ".tif, or set provenance: xmp"
        )
    if not credentials.installed():
        raise ConfigurationError(f"provenance: c2pa needs an extra: {credentials.HOW_TO_INSTALL}")
    try:
        credentials.prepare()
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"provenance: c2pa: the key cannot be used: {error}; remove the file") from error


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise StreamError(f"{path}: how it was made cannot be written into it: {error}") from error
    except OSError as error:
        raise StreamError(
            f"{path}: how it was made cannot be written down: {error.strerror or error}; free some space"
        ) from error
