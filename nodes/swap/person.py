"""One source person: turns faces of a stream into patches with this person's face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import cv2
import numpy as np

from models.align import scale_of, transform
from models.dfm import Dfm, dfm_name, is_dfm
from models.dfm_swapper import DfmSwapper
from models.landmarks import SCHEME
from models.network_swapper import NetworkSwapper, swap_together
from models.neural_swappers import FAMILIES, NeuralSwapper
from models.sources import RECOGNISER, Shown, source_of
from models.swappers import Keep, MeshSwapper, Swapped
from nodes.swap.aligned import cut_smoothly
from nodes.swap.following import Followed, Following, side_for
from nodes.swap.gallery import Gallery, Picture
from nodes.swap.portrait import read_portrait
from nodes.swap.store import Made, PatchStore
from runtime.errors import ConfigurationError, StreamError
from runtime.kinds import Doubles, Face, Floats, Frame, Image, Landmarks, Patch, PatchStatus, Pose
from runtime.node import Context

Model = Literal[
    "mesh", "inswapper_128", "inswapper_128_fp16", "hyperswap_1a_256", "hyperswap_1b_256", "hyperswap_1c_256",
    "simswap_256", "ghost_1_256", "ghost_2_256", "ghost_3_256",
    "blendswap_256", "uniface_256",
]  # fmt: skip
MESH_SIDE = 384
"""Largest side of the mesh's patches, px."""


class Look(NamedTuple):
    """How a face is to look.

    Attributes:
        keep: what stays of the target.
        opacity: 0 leaves the target, 1 shows the source.
        settle_s: time constant with which light and detail follow the target's.
        weight: how much of the source's identity goes in; the rest is the target's own.
    """

    keep: Keep
    opacity: float
    settle_s: float
    weight: float


class Person:
    """Swaps faces to one person, and reuses a patch for a face that has not changed.

    Args:
        context: the node's.
        model: what swaps: a name of `Model`, or a DFM file.
        pictures: of this person; a DFM file takes none.
        size_px: largest side of the patches, or None for what suits the model.
    """

    def __init__(self, context: Context, model: str, pictures: Sequence[Path], size_px: int | None) -> None:
        self._source = pictures[0].stem if pictures else dfm_name(model)
        self._gallery = Gallery(_pictures(context, model, pictures, size_px))
        first = self._gallery.first
        self.network = first if isinstance(first, NetworkSwapper | DfmSwapper) else None
        """The network that swaps, if it is one; it may be given the faces of several people and frames at once."""
        self._store = PatchStore()
        self._following = Following()
        self.swaps = 0
        self.reuses = 0

    def patch(self, frame: Frame, face: Face, look: Look) -> Patch | Job | Again:
        """Returns what is to be swapped, or the frame's patch in which a face looked the same, as it is here."""
        first = self._gallery.first
        span = None if face.age > 0 else first.span(face)
        if span is None:
            self._check_landmarks(face)
            return Patch(face, PatchStatus.FAILED, source=self._source)
        followed = self._following.of(face.track, frame.time)
        if face.identity is not None and face.identity.model == RECOGNISER:
            followed.identity = face.identity.vector
        made_with = (look.keep, look.weight, look.weight != 1 and followed.identity is not None)
        made = self._store.find(face, made_with)
        if made is None:
            side = followed.side = side_for(first.finest * span, followed.side, first.sides)
        else:
            side = made.side
        to_patch = first.alignment(face, side)
        landmarks = face.landmarks and Landmarks(face.landmarks.scheme, _in_patch(face.landmarks.points, to_patch))
        fresh = made is None
        made = made or Made(side)
        self._store.put(face, frame.seq, made_with, made)
        if fresh:
            target = cut_smoothly(frame.image, to_patch, side)
            return Job(self, face, to_patch, landmarks, target, followed, look, made, followed.identity)
        self.reuses += 1
        return Again(face, to_patch, landmarks, look, made)

    def shrink(self) -> None:
        """Forgets the patches of earlier frames."""
        self._store.clear()

    def _check_landmarks(self, face: Face) -> None:
        """Raises `ConfigurationError` where the mesh meets other landmarks: it would never swap anybody."""
        landmarks = face.landmarks
        if self.network is None and face.age == 0 and landmarks is not None and landmarks.scheme != SCHEME:
            raise ConfigurationError(
                f"swap with `model: mesh` takes facemesh's landmarks, and these are {landmarks.scheme}: "
                "set `landmarks: facemesh` in detect, or take a network as swap's model"
            )

    def swapped(self, job: Job) -> Swapped:
        """Swaps one face."""
        last, share = job.followed.look, job.followed.share(job.look.settle_s)
        return self._gallery.swapped(
            job.face.pose, job.followed, lambda swapper: swapper.swap(job.target, job.mesh, job.look.keep, last, share)
        )

    def finish(self, job: Job, swapped: Swapped) -> Patch:
        """Returns the patch of a face that was swapped, and remembers it."""
        self.swaps += 1
        job.followed.look = swapped.look
        job.made.patch = Patch(
            job.face, PatchStatus.SWAPPED, swapped.image, cv2.cvtColor(job.target, cv2.COLOR_BGRA2BGR),
            self._gallery.first.template, job.to_patch, job.landmarks, swapped.masks, job.look.opacity, self._source,
        )  # fmt: skip
        return job.made.patch

    def forget_unmade(self) -> None:
        """Forgets patches that could not be made."""
        self._store.forget_unmade()


@dataclass(frozen=True, slots=True)
class Job:
    """A face that is to be swapped: whose it becomes, where it lies, its pixels [N, N, 4], and where the patch goes.

    `identity` is its own, float32 [512], if that is known.
    """

    person: Person
    face: Face
    to_patch: Doubles
    landmarks: Landmarks | None
    target: Image
    followed: Followed
    look: Look
    made: Made
    identity: Floats | None

    @property
    def mesh(self) -> Floats | None:
        """The face's mesh in px of the patch, if it has one."""
        return self.landmarks.points if self.landmarks and self.landmarks.scheme == SCHEME else None


class Again(NamedTuple):
    """A face that looks as it did: where it lies, and the patch that was or will be made for it."""

    face: Face
    to_patch: Doubles
    landmarks: Landmarks | None
    look: Look
    made: Made

    def patch(self) -> Patch:
        """Returns the patch, once it is made."""
        assert self.made.patch is not None  # noqa: S101  # frames are finished in their order
        return replace(
            self.made.patch, face=self.face, to_patch=self.to_patch, landmarks=self.landmarks,
            opacity=self.look.opacity,
        )  # fmt: skip


Planned = Patch | Job | Again


def finished(items: Sequence[Planned]) -> list[Patch]:
    """Returns the patches of faces in their order: a network gets them all together, the mesh one after another."""
    jobs = [item for item in items if isinstance(item, Job)]
    networks = [job.person.network for job in jobs if job.person.network is not None]
    swaps = iter(_together(networks, jobs)) if networks else (job.person.swapped(job) for job in jobs)
    patches = []
    for item in items:
        if isinstance(item, Job):
            patches.append(item.person.finish(item, next(swaps)))
        else:
            patches.append(item.patch() if isinstance(item, Again) else item)
    return patches


def _together(networks: Sequence[NetworkSwapper | DfmSwapper], jobs: Sequence[Job]) -> list[Swapped]:
    """Returns what networks make of faces; they are of one file."""
    targets, meshes, keep = [job.target for job in jobs], [job.mesh for job in jobs], jobs[0].look.keep
    first = networks[0]
    if isinstance(first, DfmSwapper):
        return first.swap_all(targets, meshes, keep)
    swappers = [one for one in networks if isinstance(one, NetworkSwapper)]
    rows = [one.source.mixed(job.identity, job.look.weight) for one, job in zip(swappers, jobs, strict=True)]
    return swap_together(swappers, targets, meshes, rows, keep)


def _pictures(context: Context, model: str, paths: Sequence[Path], size_px: int | None) -> list[Picture]:
    """Returns a swapper for each picture of a person; a network needs only one, of what the pictures have in common."""
    if is_dfm(model):
        return [Picture(DfmSwapper(Dfm(context.models.session(model))), Pose(0, 0, 0))]
    portraits = [read_portrait(path, context) for path in paths]
    if model == "mesh":
        side = size_px or MESH_SIDE
        return [Picture(MeshSwapper(one.image, one.mesh, side), one.pose) for one in portraits]
    network = NeuralSwapper(context.models.session(model), FAMILIES[model])
    source = source_of(model, [Shown(one.image, one.face) for one in portraits], context.models)
    own = network.family.size_px
    if (size_px or own) % own:
        raise StreamError(f"size_px: {size_px} is no multiple of {own}, the side of {model}")
    return [Picture(NetworkSwapper(network, source, size_px or own), portraits[0].pose)]


def _in_patch(points: Floats, to_patch: Doubles) -> Floats:
    """Returns landmarks [P, 2 or 3] in patch px; depth keeps its unit equal to theirs."""
    moved = points.astype(np.float32)
    moved[:, :2] = transform(points[:, :2], to_patch)
    moved[:, 2:] *= np.float32(scale_of(to_patch))
    return moved
