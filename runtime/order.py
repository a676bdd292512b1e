"""Order, circles and reach in a small graph. networkx has all of it, and takes 0.1 s to load, a fifth of a check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush

Links = Mapping[str, set[str]]
"""For each node, those that it points to."""


def in_order(after: Links) -> list[str]:
    """Returns the nodes, each behind all that it comes after, else in their own order; without those in circles."""
    rank = {name: index for index, name in enumerate(after)}
    followers, missing = reversed_links(after), {name: len(before) for name, before in after.items()}
    ready = [rank[name] for name, count in missing.items() if not count]
    heapify(ready)
    names, order = list(after), list[str]()
    while ready:
        order.append(names[heappop(ready)])
        for name in followers[order[-1]]:
            missing[name] -= 1
            if not missing[name]:
                heappush(ready, rank[name])
    return order


def circle_in(after: Links) -> list[str]:
    """Returns the nodes of a circle, each before the one that comes after it; none where there is no circle."""
    try:
        TopologicalSorter(after).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][:-1]
        first = circle.index(next(name for name in after if name in circle))
        return circle[first:] + circle[:first]
    return []


def reached(links: Links, starts: Iterable[str]) -> set[str]:
    """Returns the nodes to which a way leads from one of the starts, the starts among them."""
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += links[name]
    return found


def reversed_links(links: Links) -> dict[str, set[str]]:
    """Returns the links with their ends exchanged."""
    turned: dict[str, set[str]] = {name: set() for name in links}
    for name, ends in links.items():
        for end in ends:
            turned[end].add(name)
    return turned
