"""How urgent a thread's work is, and that a live run may not be slowed down. macOS is told; elsewhere nothing happens.

Quality of service decides on which kind of core macOS runs a thread (pthread/qos.h, sys/qos.h). Not run on a Mac.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from runtime.macos import MacLibraries, mac_libraries


class Quality(IntEnum):
    """A class of work, with its number in sys/qos.h."""

    USER_INTERACTIVE = 0x21
    """Frames: on fast cores."""
    BACKGROUND = 0x09
    """Housekeeping that nobody waits for: on thrifty cores."""


_USER_INITIATED = 0x00FFFFFF
_LATENCY_CRITICAL = 0xFF00000000
"""NSActivityOptions (NSProcessInfo.h): no App Nap and no idle sleep; no coalescing of timers."""


def set_quality(quality: Quality, mac: MacLibraries | None = None) -> bool:
    """Sets the class of the calling thread; returns whether the system took it.

    Args:
        quality: the class.
        mac: the system's libraries; by default those of this machine, of which only a Mac has some.
    """
    mac = mac or mac_libraries()
    return mac is not None and mac.system.pthread_set_qos_class_self_np(int(quality), 0) == 0


@contextmanager
def wide_awake(reason: str, mac: MacLibraries | None = None) -> Iterator[None]:
    """Keeps macOS from napping while its body runs: App Nap would put a hidden process on thrifty cores.

    Args:
        reason: shown by `pmset -g assertions`.
        mac: as for `set_quality`.
    """
    mac = mac or mac_libraries()
    if mac is None:
        yield
        return
    activity = _begin(mac, reason)
    try:
        yield
    finally:
        if activity:
            mac.send(_process(mac), "endActivity:", activity, types=(ctypes.c_void_p,), result=None)
            mac.send(activity, "release", result=None)


def _begin(mac: MacLibraries, reason: str) -> int:
    text = mac.send(
        mac.class_of("NSString"), "stringWithUTF8String:", reason.encode(), types=(ctypes.c_char_p,)
    )  # fmt: skip
    activity = mac.send(
        _process(mac), "beginActivityWithOptions:reason:", _USER_INITIATED | _LATENCY_CRITICAL, text,
        types=(ctypes.c_uint64, ctypes.c_void_p),
    )  # fmt: skip
    return int(mac.send(activity, "retain") or 0) if activity else 0


def _process(mac: MacLibraries) -> int:
    return int(mac.send(mac.class_of("NSProcessInfo"), "processInfo") or 0)
