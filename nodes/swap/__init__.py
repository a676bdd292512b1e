"""Swaps faces: for each face of the frame an aligned patch with the source person's face in it.

    nodes:
      swapped: {type: swap, in: [camera, known], model: mesh, face: ../assets/source_a.jpg}
      turning: {type: swap, in: [camera, known], face: [front.jpg, left.jpg, right.jpg], keep_brows: 0.5}
      network: {type: swap, in: [camera, known], model: inswapper_128, face: me.jpg, size_px: 256}
      people:  {type: cache, in: [camera, faces], people: [anna.jpg, ben.jpg]}
      cast:    {type: swap, in: [camera, people], face: x.jpg, map: {anna: a.jpg, ben: b.jpg}, others: blur}
      trained: {type: swap, in: [camera, known], model: somebody.dfm}

The picture stays as it is: `blend` puts the patches into it. A face that cannot be swapped (lost, or without usable
landmarks) gets a patch with the status `failed`, so that nobody takes the picture for cleared.

`which` and `others: leave` leave faces **bare**, and pictures with them count as cleared: a guard lets them pass, best
with `patches: swapped` among its inputs, so that it does not hold the picture when somebody leaves who was bare anyway.
The names in `map` are those that a `cache` with `people` gives. As long as it is not sure who somebody is,
`others: leave` blurs them; a person of `map` keeps their source while it is in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from models.dfm import is_dfm
from models.swappers import Keep
from nodes.swap.blurred import blurred
from nodes.swap.choice import Choice, Others, Part, Which
from nodes.swap.person import Look, Model, Person, Planned, finished
from nodes.swap.suits import unsuited
from runtime.kinds import Face, Faces, Frame, Patch, Patches, PatchStatus
from runtime.node import Context, node
from runtime.settings import Eases, FileOrName, InputFiles, IsModel, Millis, Unit
from runtime.told import Given, Unsuited

DfmFile = Annotated[FileOrName, Field(pattern=r"^dfm:\w[\w-]*$|\.dfm$")]
"""The path of a DFM file, or the name of an imported one."""
_WHY = {"face": "has learnt one person", "size_px": "has one side", "map": "makes everybody the same person"}
Weight = Annotated[float, Field(ge=0.65, le=1.35)]
"""FaceFusion's range. With less of the source a face would soon be its own again, and yet count as swapped."""
Side = Literal[128, 192, 256, 320, 384, 512]


@node(ordered=True)
class Swap:
    """Swaps the faces that are seen, and reuses a patch for a face that has not changed.

    Ordered, because what can be reused depends on the frames before: so a file comes out the same, however many
    threads there are.

    Settings:
        model: `mesh` bends the source's picture onto the target's landmarks, without a network; the others are
            networks, whose files are to be had apart. A path that ends with `.dfm` is a DFM file, which has learnt one
            person; `dfm:NAME` is one that `models import` took.
        face: a picture of the source person, upright or with an orientation tag; of several faces the largest counts.
            A list of pictures of one person: the one whose pose is nearest is taken, a network takes their mean. With
            `map`, the source of those who are not in it. A DFM file takes none, every other model at least one.
        size_px: largest side of the patches; smaller faces get smaller ones, in steps. Null is 384 for `mesh`, and for
            a network its own side; at k times that it swaps k x k parts of each patch, in one run. A DFM file has one
            side.
        map: sources for known people: from their name, as `people` of `cache` gives it, to a picture.
        others: what becomes of everybody who is not in `map`: `swap` to `face`, `blur`, or `leave` bare.
        which: `all` faces, the `largest`, so many of the largest (a number), or the one at the `left` or `right`
            of the picture; the others are left bare.
        opacity: 0 leaves the target, 1 shows the source.
        keep_eyes: how much of the target's own eyes stays; null is all for `mesh`, none for a network.
        keep_mouth: how much of the target's own inner mouth stays; null is all for `mesh`, none for a network.
        keep_brows: how much of the target's own brows stays.
        eye_colour: how far the target's irises take the colour of the source's; for `mesh`.
        keep_detail: how much of the source's own sharpness and grain stays; the rest is as in the target's picture.
            For `mesh`.
        settle_ms: time constant with which light, eye colour and detail follow the target's; 0 takes each frame's own.
            Light that changes by 15 % or more is followed at once. For `mesh`.
        morph: for DFM files that can, how much of the trained person's features a face gets.
        identity_weight: how much of the source's identity goes in. At 1 all; down to 0.65, the rest is the target's
            own; up to 1.35, it goes further away from the target. For inswapper, hyperswap, simswap and ghost, behind
            a `cache` with `identity: arcface_w600k_r50`. FaceFusion's weight w is 0.65 + 0.7 w here.
    """

    def __init__(
        self, context: Context, *,
        model: Annotated[Model | DfmFile, IsModel()] = "mesh", face: InputFiles | None = None,
        size_px: Side | None = None,
        map: dict[str, InputFiles] = {}, others: Others = "swap",  # noqa: A002, B006  # the graph's word; never changed
    ) -> None:  # fmt: skip
        self._person = Person(context, model, _paths(face or []), size_px)
        self._cast = {name: Person(context, model, _paths(source), size_px) for name, source in map.items()}
        self._people = [self._person, *self._cast.values()]
        self._kept = 1.0 if model == "mesh" else 0.0  # a network's eyes and mouths look and speak as the target's do
        self._choice = Choice(self._cast, others)
        self._unswapped: Counter[str] = Counter()
        self._log = context.log

    def __call__(
        self,
        frame: Frame,
        faces: Faces,
        *,
        opacity: Unit = 1.0,
        keep_eyes: Unit | None = None,
        keep_mouth: Unit | None = None,
        keep_brows: Unit = 0.0,
        eye_colour: Annotated[Unit, Eases((1.0, 0.0), "visible", {"model": "mesh"})] = 1.0,
        keep_detail: Unit = 0.0,
        settle_ms: Millis = 100,
        morph: Unit = 0.75,
        identity_weight: Weight = 1.0,
        which: Which = "all",
    ) -> Patches:
        """Returns one patch for each face, in their order."""
        look = self._look(
            opacity, keep_eyes, keep_mouth, keep_brows, eye_colour, keep_detail, settle_ms, morph, identity_weight
        )
        return self._answers([(frame, faces)], look, which)[0]

    def batch(
        self, items: Sequence[tuple[Frame, Faces]], *, which: Which, **look: Any
    ) -> list[Patches]:  # fmt: skip
        """Returns the patches of each frame: a network gets the faces of all in one run, the mesh frame by frame."""
        frames = [items] if self._person.network else [[item] for item in items]
        return [patches for some in frames for patches in self._answers(some, self._look(**look), which)]

    @staticmethod
    def check_settings(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Yields what is wrong between settings, by the setting that has to change."""
        if not is_dfm(settings["model"]):
            if not settings["face"]:
                yield "face", "every model but a DFM file takes a picture of the source person"
            return
        for name, nothing in {"face": None, "size_px": None, "map": {}}.items():
            if settings[name] != nothing:
                yield name, f"not with a DFM file, which {_WHY[name]}"

    @staticmethod
    def check_inputs(settings: Mapping[str, Any], given: Given) -> Iterator[Unsuited]:
        """Yields what cannot work with the faces that come."""
        return unsuited(settings, given)

    def _look(
        self, opacity: float, keep_eyes: float | None, keep_mouth: float | None, keep_brows: float, eye_colour: float,
        keep_detail: float, settle_ms: float, morph: float, identity_weight: float,
    ) -> Look:  # fmt: skip
        eyes, mouth = (self._kept if value is None else value for value in (keep_eyes, keep_mouth))
        return Look(
            Keep(eyes, mouth, keep_brows, eye_colour, keep_detail, morph), opacity, settle_ms / 1000, identity_weight
        )

    def _answers(self, items: Sequence[tuple[Frame, Faces]], look: Look, which: Which) -> list[Patches]:
        """Returns the patches of frames whose faces are swapped together."""
        try:
            planned = [self._planned(frame, faces, look, which) for frame, faces in items]
            patches = iter(finished([one for frame in planned for one in frame]))
        finally:
            for person in self._people:
                person.forget_unmade()
        return [Patches(tuple(next(patches) for _ in faces), faces.detected) for _, faces in items]

    def _planned(self, frame: Frame, faces: Faces, look: Look, which: Which) -> list[Planned]:
        parts = zip(faces, self._choice.parts(faces, which), strict=True)
        return [self._played(part, frame, face, look) for face, part in parts]

    def counters(self) -> dict[str, int]:
        """Returns how many patches were made, how many were handed out again, and how many faces were not swapped."""
        swaps, reuses = (sum(counts) for counts in zip(*((one.swaps, one.reuses) for one in self._people), strict=True))
        return {"swaps": swaps, "reuses": reuses, **self._unswapped}

    def shrink(self) -> None:
        """Forgets the patches that it could hand out again."""
        for person in self._people:
            person.shrink()

    def close(self) -> None:
        """Says when nobody of `map` was ever seen."""
        if self._cast and not self._choice.met:
            names = ", ".join(self._cast)
            self._log.warning("nobody was seen as %s; `people` of a cache before swap says who is who", names)

    def _played(self, part: Part, frame: Frame, face: Face, look: Look) -> Planned:
        """Returns the patch of a face for the part that it has, or what is to be swapped."""
        if part.act != "swap":
            self._unswapped[part.act] += 1
            return blurred(frame, face) if part.act == "blur" else Patch(face, PatchStatus.LEFT_ALONE)
        person = self._cast[part.person] if part.person else self._person
        return person.patch(frame, face, look)


def _paths(files: Sequence[str] | str) -> list[Path]:
    return [Path(file) for file in ([files] if isinstance(files, str) else files)]
