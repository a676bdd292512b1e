"""The default graph with its real networks over clips with ground truth, while networks and nodes fail by a plan.

The judge knows where each face is and how its bare skin looks there. A picture says by its stamp which moment of the
clip it shows, so that held pictures are judged at the place where the face was then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.campaign.judge import Verdict
from bench.campaign.script import FPS, Moment, number_in, spans, stamp
from bench.campaign.stage import Cast, See
from bench.truth import Mask, Person, Truth
from models.session import ModelStore
from nodes.blend import blend
from nodes.cache import Cache
from nodes.detect import Detect
from nodes.guard import Guard
from nodes.label import Label
from nodes.swap import Swap
from runtime.errors import ConfigurationError
from runtime.kinds import Image
from runtime.model_use import PassingSession
from runtime.node import Models, Session

LINES = {
    "mode": "live",
    "adapt": "false",  # what fails is in the script, and the same each time
    "credits": "1",
    "camera": "{type: camera}",
    "faces": "{type: detect, in: camera}",
    "known": "{type: cache, in: [camera, faces]}",
    "swapped": f"{{type: swap, in: [camera, known], face: '{Path(__file__).parents[2] / 'assets' / 'source_b.jpg'}'}}",
    "composite": "{type: blend, in: [camera, swapped]}",
    "labelled": "{type: label, in: composite}",
    "guarded": "{type: guard, in: {frame: labelled, faces: known, raw: camera}}",
    "screen": "{type: eye, in: guarded}",
}
"""The nodes of `live_balanced` between a camera and a screen of the campaign."""

BARE = 0.75
"""Share of a face's skin that is as in the clip, from which it is bare; swapped and blurred ones have up to 0.6."""

LEVELS = 4
"""Difference, of 255, up to which a pixel is as in the clip."""

GRACE_S = 0.5
"""How long somebody who comes in may take to be found."""

KEEP_S = 2.0
"""`forget_ms` of the guard."""


@dataclass(slots=True)
class Film:
    """A clip that is played, and what goes wrong: a plan like a `Script`, with pictures of real people.

    Attributes:
        moments: one for each picture; `blind` says how the networks fail, `raising` which nodes raise.
        truth: who is where.
        graph: what is put in place of the graph's lines.
    """

    pictures: list[Image]
    truth: Truth
    moments: list[Moment]
    graph: dict[str, str] = field(default_factory=dict)
    stop_at: int | None = None

    def picture(self, index: int) -> Image:
        """Returns the clip's picture."""
        return self.pictures[index].copy()

    def is_faulty(self, index: int) -> bool:
        """Whether anything goes wrong at a moment."""
        moment = self.moments[index]
        return bool(moment.blind or moment.raising or moment.late_ms)


def films(clip: Path, truth: Truth, random: np.random.Generator) -> Iterator[tuple[str, Film]]:
    """Yields a clip with one fault after another: first without any, then with networks and nodes that fail."""
    pictures = _pictures(clip, len(truth.frames))

    def film(do: Callable[[Moment], object] | None = None, longest: int = 25, **graph: str) -> Film:
        result = Film(pictures, truth, [Moment() for _ in pictures], graph)
        for start, last in spans(random, len(pictures) // 30, longest, len(pictures)) if do else ():
            for moment in result.moments[start:last]:
                do(moment)
        return result

    yield "nothing", film()
    for how in ("miss", "nan", "frozen", "raise", "late"):
        yield (
            f"networks {how}",
            film(lambda moment, how=how: setattr(moment, "blind", how), 9 if how == "raise" else 25),
        )
    for name, line in (
        ("detect", "faces"),
        ("cache", "known"),
        ("swap", "swapped"),
        ("blend", "composite"),
        ("label", "labelled"),
    ):
        for policy in ("skip", "repeat"):
            changed = {line: LINES[line][:-1] + f", on_error: {policy}}}"}
            yield f"{name} raises, {policy}", film(lambda moment, name=name: moment.raising.add(name), 9, **changed)


def judged(film: Film) -> tuple[Verdict, Any]:
    """Plays a film; returns what its presented pictures show, and the counters of the run."""
    judge = _Judge(film)
    cast = _FilmCast(film, judge.see)
    snapshot, error = cast.play(LINES)
    if error is not None:
        raise error
    return judge.verdict, snapshot


def _pictures(clip: Path, count: int) -> list[Image]:
    """Returns the pictures of a clip, stamped with their numbers."""
    video, pictures = cv2.VideoCapture(str(clip)), []
    for index in range(count):
        more, image = video.read()
        if not more:
            raise ConfigurationError(f"{clip}: has {index} frames, but its ground truth speaks of {count}")
        image = np.asarray(image, np.uint8)
        stamp(image, index)
        pictures.append(image)
    video.release()
    return pictures


class _FilmCast(Cast):
    """All nodes are the real ones; their networks fail where the film says so."""

    def __init__(self, film: Film, see: See) -> None:
        super().__init__(film, see)
        self.models = _Failing(ModelStore(), self)
        self.now = Moment()

    def definitions(self) -> list[Callable[..., Any]]:
        """Returns the node types."""
        real = [self.faulty(definition) for definition in (Detect, Cache, Swap, blend, Label, Guard)]
        return [self.camera(), self.eye(), *real]

    def call(self, name: str, moment: Moment, work: Callable[[], Any]) -> Any:
        """Runs a real node; only the detector has networks that work while frames flow."""
        if name == "detect":
            self.now = moment
        return super().call(name, moment, work)


class _Failing(Models):
    """Networks that fail as the moment wants it."""

    def __init__(self, models: Models, cast: _FilmCast) -> None:
        self._models = models
        self._cast = cast

    def session(self, name: str, *, device: str | None = None, several: bool = False) -> Session:
        """Returns a network that may fail."""
        return _Network(self._models.session(name, device=device, several=several), self._cast)


class _Network(PassingSession):
    def __init__(self, session: Session, cast: _FilmCast) -> None:
        super().__init__(session)
        self._cast = cast
        self._last: list[Any] = []

    def run(self, *inputs: Any) -> list[Any]:
        how, outputs = self._cast.now.blind, self._session.run(*inputs)
        if how == "frozen" and self._last:
            return [output.copy() for output in self._last]
        self._last = [output.copy() for output in outputs]
        match how:
            case "raise":
                raise RuntimeError("the network was told to fail")
            case "late":
                self._cast.clock.advance(300_000_000)
            case "nan":
                return [np.full_like(output, np.nan) for output in outputs]
            case "miss":  # scores have a last axis of one
                return [np.full_like(output, -100) if output.shape[-1] == 1 else output for output in outputs]
        return outputs


class _Judge:
    """Judges presented pictures by the clip's truth and pixels."""

    def __init__(self, film: Film) -> None:
        self.verdict = Verdict()
        self._film = film
        self._before = "passed"
        self._duties = list(_duties(film))

    def see(self, index: int, image: Image) -> None:
        """Judges one presented picture."""
        number = number_in(image)
        shown = index if number is None or number > index else number
        hidden = self._duties[index]
        bare = {
            person.id
            for person in self._film.truth.frames[shown]
            if _is_bare(person, image, self._film.pictures[shown])
        }
        if bare & hidden:
            self.verdict.bare.append(index)
        elif bare:
            self.verdict.unknown.append(index)
        whole = number is not None and _is_whole(image, self._film, shown)
        self._explain(index, ("passed" if shown == index else "held") if whole else "blurred")

    def _explain(self, index: int, kind: str) -> None:
        self.verdict.shown[kind] += 1
        begins, self._before = kind != "passed" and self._before == "passed", kind
        if kind == "passed":
            return
        excuse = _excuse(self._film, index)
        if not excuse:
            self.verdict.unexplained.append(index)
        if begins:
            self.verdict.spans[excuse or "nothing"] += 1


def _duties(film: Film) -> Iterator[set[str]]:
    """Yields who must be hidden at each moment: who is there at the start, or was to be seen for long enough."""
    seen: dict[str, float] = {person.id: GRACE_S for person in film.truth.frames[0]}
    silent: dict[str, float] = {}
    for index, people in enumerate(film.truth.frames):
        clear = {person.id for person in people if person.visible > 0.9 and not film.is_faulty(index)}
        for name in clear:
            seen[name], silent[name] = seen.get(name, 0.0) + 1 / FPS, 0.0
        if film.moments[index].blind == "frozen":  # faces are reported, with confidence, where they no longer are
            seen = dict.fromkeys(seen, 0.0)
        for name in seen.keys() - clear:
            silent[name] = silent.get(name, 0.0) + 1 / FPS
            if silent[name] >= KEEP_S:
                seen[name] = 0.0
        yield {person.id for person in people if seen.get(person.id, 0.0) >= GRACE_S}


def _excuse(film: Film, index: int) -> str:
    """Returns why a picture may be held or blurred: what fails, has just failed, or who has left; or nothing."""
    first = max(0, index - round(KEEP_S * FPS) - 2)  # whoever was lost by then is forgotten
    if index < 3:
        return "the start"
    if any(film.is_faulty(at) for at in range(first, index + 1)):
        return "a fault"
    past = film.truth.frames[first : index + 1]
    names = {person.id for people in past for person in people}
    if any(names - {person.id for person in people if person.visible > 0.9} for people in past):
        return "somebody hidden, leaving or coming"
    return ""


def _is_bare(person: Person, image: Image, clip: Image) -> bool:
    """Whether most of a face's skin in a picture is as it is in the clip."""
    if image.shape != clip.shape or person.visible < 0.3:
        return False
    x0, y0, x1, y1 = (int(value) for value in np.clip(person.box, 0, (*image.shape[1::-1],) * 2))
    skin = _skin(person, image.shape)[y0:y1, x0:x1]
    if np.count_nonzero(skin) < 50:
        return False
    change = cv2.absdiff(image[y0:y1, x0:x1], clip[y0:y1, x0:x1]).max(-1)
    return float((change[skin] <= LEVELS).mean()) >= BARE


def _skin(person: Person, shape: tuple[int, ...]) -> Mask:
    """Returns the middle of a face without eyes and mouth, which stay the target's own, bool [H, W]."""
    mask = np.zeros(shape[:2], np.uint8)
    centre, size = (person.box[:2] + person.box[2:]) / 2, person.box[2:] - person.box[:2]
    cv2.ellipse(mask, (centre + np.array((0, 0.05)) * size[1], size * 0.75, 0.0), 1, -1)
    for eye in person.points[:2]:
        cv2.circle(mask, eye.astype(int).tolist(), int(0.42 * person.eye_distance), 0, -1)
    corners = person.points[3:]
    width = float(np.hypot(*(corners[1] - corners[0])))
    cv2.ellipse(mask, (corners.mean(0), (1.4 * width, 0.8 * width), 0.0), 0, -1)
    return mask.astype(bool)


def _is_whole(image: Image, film: Film, number: int) -> bool:
    """Whether the picture is the clip's where neither a face nor the label is."""
    clip = film.pictures[number]
    if image.shape != clip.shape:
        return False
    same = (image == clip).all(-1)
    same[-60:, :360] = True
    for person in film.truth.frames[number]:
        size = person.box[2:] - person.box[:2]
        x0, y0 = np.maximum(person.box[:2] - 0.4 * size, 0).astype(int)
        x1, y1 = np.maximum(person.box[2:] + 0.4 * size, 0).astype(int)
        same[y0:y1, x0:x1] = True
    return bool(same.mean() > 0.98)
