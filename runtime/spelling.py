"""Help for words that nobody knows: the known one that was meant, as far as its spelling tells."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str]) -> str | None:
    """Returns the known word that is spelled most like another one, or None when none is near."""
    by_lower = {name.lower(): str(name) for name in known}
    found = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else None


def near(word: str, known: Iterable[str]) -> str:
    """Returns help for an unknown word where the message lists the known ones: the one that is close, or nothing."""
    close = closest(word, known)
    return f"did you mean {close!r}?" if close else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Returns help for an unknown word: the known one that is close to it, or all of them."""
    names = list(known)
    return near(word, names) or (f"there are {', '.join(names)}" if names else "")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Returns `did_you_mean` as the end of a sentence."""
    text = did_you_mean(word, known)
    return f"; {text}" if text else ""
