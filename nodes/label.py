"""Writes a short notice onto the frame, so that nobody takes a swapped face for a real one.

    nodes:
      labelled: {type: label, in: composite}
      german:   {type: label, in: composite, language: de, position: top, style: outline}
      own:      {type: label, in: composite, text: "synthetic picture", size: 0.05}

Letters and what is behind them are white and dark by themselves, to be read on any picture. There are no settings with
which the notice could not be read: a graph that wants none leaves the node out, or says `enabled: false`, where
everybody who reads the graph sees it. Whether the frame is cleared does not change.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Literal, NamedTuple

import cv2
import numpy as np
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from runtime.kinds import Floats, Frame, Image
from runtime.node import node

Position = Literal["top_left", "top", "top_right", "bottom_left", "bottom", "bottom_right"]
Style = Literal["plate", "outline"]
Language = Literal["de", "el", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh"]

NOTICES: dict[Language, str] = {
    "de": "KI-Gesichtstausch",
    "el": "Αλλαγή προσώπου με ΤΝ",  # noqa: RUF001  # the capitals are Greek
    "en": "AI face swap",
    "es": "Rostro cambiado con IA",
    "fr": "Visage remplacé par IA",
    "it": "Volto sostituito con IA",
    "ja": "AIによる顔の入れ替え",
    "ko": "AI 얼굴 교체",
    "nl": "Gezicht verwisseld met AI",
    "pl": "Twarz podmieniona przez AI",
    "pt": "Rosto trocado por IA",
    "ru": "Лицо заменено ИИ",
    "tr": "Yapay zekâ ile değiştirilmiş yüz",
    "uk": "Обличчя замінено ШІ",
    "zh": "AI 换脸",
}

_CAPITALS = 0.75
"""Height of a capital letter as a share of the font's size."""
_LINE = 1.3
"""Distance of two lines as a share of the font's size."""
_DENSE = 1.3
"""How much larger signs of many strokes are drawn: at 10 px compression makes blots of them."""
_SMALLEST_PX = 10
"""Height of capital letters below which video compression smears them."""
_TINY_PX = 6
"""Font size to which letters shrink in pictures that are too small for anything else."""
_WEIGHT = 600
_PIECES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]\s*|[^\s\u3040-\u30ff\u3400-\u9fff]+\s*")
"""Where lines may break: behind words, and behind each sign of scripts that have no spaces."""


def _drawable(text: str) -> str:
    """Returns a text as it will be drawn; refuses what nobody could read."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    if text and sum(char.isalnum() for char in text) < 2:
        raise PydanticCustomError("unreadable", "a notice needs letters; leave it empty for that of the language")
    lacking = lacking_letters(text)
    if lacking:
        raise PydanticCustomError("no_glyph", f"dlc has no letters for {lacking}; it draws Latin, Cyrillic, Greek, "
                                  "Chinese, Japanese and Korean")  # fmt: skip
    return text


def lacking_letters(text: str) -> str:
    """Returns the characters that the font lacks, or that run from right to left, which it cannot lay out."""
    unknown = _glyph("?").tobytes()
    return "".join(
        char
        for char in dict.fromkeys(text)
        if unicodedata.bidirectional(char) in {"R", "AL"} or (char not in " ?" and _glyph(char).tobytes() == unknown)
    )


def _glyph(char: str) -> Image:
    canvas = np.zeros((32, 48), np.uint8)
    cv2.putText(canvas, char, (4, 24), (255,), cv2.FontFace(), 20, _WEIGHT)
    return canvas


Text = Annotated[str, Field(max_length=80), AfterValidator(_drawable)]
Size = Annotated[float, Field(ge=0.02, le=0.1)]
Opacity = Annotated[float, Field(ge=0.55, le=1)]


class _Look(NamedTuple):
    """What a drawn label depends on."""

    text: str
    style: Style
    font_px: int
    opacity: float
    room: tuple[int, int]


class _Drawn(NamedTuple):
    """A drawn label: new = old * keep / 255 + light, both uint8 [h, w, 3]."""

    keep: Image
    light: Image


@node
class Label:
    """Writes a short notice onto the frame.

    Settings:
        language: of the notice.
        text: says something else instead; empty for the notice of the language.
        position: a corner, or the middle of the upper or lower edge.
        style: `plate` puts white letters on a dark plate, `outline` gives them a dark border and covers less.
        size: height of capital letters as a share of the frame's shorter side, 10 px at least; Chinese, Japanese and
            Korean signs are larger. It ends at 0.02, which is seen under 23 arc minutes from three heights of the
            picture away: about the least that people read without effort.
        opacity: of letters and plate. Below 0.55 their contrast on a white picture falls under 4.5 to 1, which is what
            people with weak sight need (WCAG 2.2).
    """

    def __init__(self) -> None:
        self._last: tuple[_Look, _Drawn] | None = None

    def __call__(
        self,
        frame: Frame,
        *,
        language: Language = "en",
        text: Text = "",
        position: Position = "bottom_left",
        style: Style = "plate",
        size: Size = 0.03,
        opacity: Opacity = 0.75,
    ) -> Frame:
        """Returns the frame with the notice in it."""
        text = text or NOTICES[language]
        capitals_px = max(size * min(frame.width, frame.height), _SMALLEST_PX)
        font_px = round(capitals_px / _CAPITALS * (_DENSE if _is_dense(text) else 1))
        margin_px = font_px // 2
        room = (frame.width - 2 * margin_px, frame.height - 2 * margin_px)
        drawn = self._drawn(_Look(text, style, font_px, opacity, room))
        image = frame.editable()
        _lay(drawn, image, position, margin_px)
        return frame.with_image(image)

    def _drawn(self, look: _Look) -> _Drawn:
        """Returns the drawn label; draws again only when something about it has changed."""
        if self._last is None or self._last[0] != look:
            self._last = (look, _draw(look))
        return self._last[1]


def _is_dense(text: str) -> bool:
    return any(unicodedata.east_asian_width(char) == "W" for char in text)


def _draw(look: _Look) -> _Drawn:
    text = NOTICES["en"] if lacking_letters(look.text) else look.text  # an OpenCV that was built without the large font
    lines, font_px = _fitted(text, look)
    letters = _letters(lines, font_px)
    if look.style == "plate":
        behind = np.ones_like(letters)
    else:
        radius = max(1, round(font_px / 7))
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
        behind = cv2.dilate(letters, disc)
    keep = 255 * (1 - look.opacity * behind)
    light = 255 * look.opacity * letters
    return _Drawn(*(cv2.cvtColor(np.rint(part).astype(np.uint8), cv2.COLOR_GRAY2BGR) for part in (keep, light)))


def _fitted(text: str, look: _Look) -> tuple[list[str], int]:
    """Returns the text in lines, and the font's size: smaller only where the picture has no room for it."""
    width, height = look.room
    font_px = look.font_px
    while True:
        lines = _lines(text, font_px, width - font_px)
        tall = len(lines) * _LINE * font_px > height
        if font_px <= _TINY_PX or not (tall or any(_width(line, font_px) > width - font_px for line in lines)):
            return lines, font_px
        font_px = max(_TINY_PX, font_px * 9 // 10)


def _lines(text: str, font_px: int, room_px: int) -> list[str]:
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and _width((lines[-1] + piece).rstrip(), font_px) > room_px:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _width(line: str, font_px: int) -> int:
    return int(cv2.getTextSize((0, 0), line, (0, 0), cv2.FontFace(), font_px, _WEIGHT)[2])


def _letters(lines: list[str], font_px: int) -> Floats:
    """Returns the lines as they cover the picture, 0 to 1, with a border of half a letter."""
    width = max(_width(line, font_px) for line in lines) + font_px
    canvas = np.zeros((round((len(lines) * _LINE + 0.2) * font_px), width), np.uint8)
    for number, line in enumerate(lines):
        baseline = round((number + 0.5) * _LINE * font_px + (0.1 + _CAPITALS / 2) * font_px)
        cv2.putText(canvas, line, (font_px // 2, baseline), (255,), cv2.FontFace(), font_px, _WEIGHT)
    return canvas.astype(np.float32) / 255


def _lay(drawn: _Drawn, image: Image, position: Position, margin_px: int) -> None:
    """Puts the label into its place, in place; what does not fit into a tiny frame is left out."""
    height, width = drawn.keep.shape[:2]
    right, below = image.shape[1] - margin_px - width, image.shape[0] - margin_px - height
    x = margin_px if position.endswith("left") else right if position.endswith("right") else (margin_px + right) // 2
    y = margin_px if position.startswith("top") else below
    part = image[max(y, 0) :, max(x, 0) :][:height, :width]
    keep, light = (layer[: part.shape[0], : part.shape[1]] for layer in drawn)
    cv2.multiply(part, keep, part, scale=1 / 255)
    cv2.add(part, light, part)
