"""A run with a desk: dashboards may find it by name, and its graph file may be watched."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from runtime.control import open_place
from runtime.desk import Desk
from runtime.host import Host
from runtime.log_ring import LogRing
from runtime.program import Program
from runtime.watch import Watch

LINGER_S = 1.0
"""How long dashboards that look at a run have to see its end: they look every 0.25 s."""


def make_desk(program: Program) -> Desk:
    """Returns the desk of a run, which sees everything that is logged from now on."""
    ring = LogRing()
    logging.getLogger().addHandler(ring)
    logger = logging.getLogger("dlc")
    logger.setLevel(min(logging.INFO, logger.getEffectiveLevel()))
    return Desk(program.recipe, program.graph, ring, program.save)


@contextlib.contextmanager
def attended(host: Host, desk: Desk, program: Program, control: str | None, *, watch: bool) -> Iterator[None]:
    """Has a run listen under a name, and its file watched, for as long as it goes on.

    Args:
        host: answers those who connect.
        desk: reloads the file.
        program: what runs.
        control: the name, or None.
        watch: whether to watch.

    Raises:
        ConfigurationError: the name is taken.
    """
    with contextlib.ExitStack() as stack:
        if control is not None:
            place = stack.enter_context(contextlib.closing(open_place(control)))
            host.listen(place.listener, place.token)
            stack.callback(host.stop_listening)
        if watch:
            stack.enter_context(contextlib.closing(Watch(program.recipe.file, program.recipe.files, desk)))
        yield
