"""Python packages: too old ones, and ones that overwrite each other because they bring modules of the same name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from commands.checks.finding import Finding

RUNTIMES = (
    "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino", "onnxruntime-silicon",
    "onnxruntime-rocm", "onnxruntime-migraphx", "onnxruntime-qnn", "onnxruntime-training", "ort-nightly",
    "ort-nightly-gpu",
)  # fmt: skip
"""Packages that all bring the module `onnxruntime`."""

OPENCVS = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
"""Packages that all bring the module `cv2`."""

SILICON = "onnxruntime-silicon"
_ROOT = Path(__file__).parents[2]
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(?:>=\s*([\d.]+))?")


def installed_packages() -> dict[str, str]:
    """Returns the version of each installed package, by its name in lower case with dashes."""
    found = {}
    for distribution in metadata.distributions():
        name = distribution.metadata.get("Name")  # a broken one has none
        if name:
            found.setdefault(_plain(name), distribution.version)
    return found


def lower_bounds() -> dict[str, str]:
    """Returns the oldest version that dlc takes of each package that it needs; empty where it is not said."""
    file = _ROOT / "pyproject.toml"
    if file.is_file():
        wanted = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        wanted = [line for line in metadata.requires("dlc") or () if "extra ==" not in line]
    matches = (_REQUIREMENT.match(line) for line in wanted)
    return {_plain(match[1]): match[2] or "" for match in matches if match}


def check_packages(installed: Mapping[str, str], bounds: Mapping[str, str]) -> Iterator[Finding]:
    """Yields what is missing, too old, or in another's way."""
    yield from _shadowing("onnxruntime", installed, RUNTIMES)
    yield from _shadowing("opencv", installed, OPENCVS)
    faults = list(_faults(installed, bounds))
    yield from faults
    if not faults:
        yield Finding("packages", "ok", f"all {len(bounds)} that dlc needs are here and new enough")


def _shadowing(check: str, installed: Mapping[str, str], family: Sequence[str]) -> Iterator[Finding]:
    here = [name for name in family if name in installed]
    if len(here) > 1:
        kept = _kept(here)
        yield Finding(
            check, "wrong",
            f"{_listed([f'{name} {installed[name]}' for name in here])} bring the same module: each overwrites the "
            "others' files, and which one runs is chance",
            f"pip uninstall -y {' '.join(here)} && pip install {kept}",
        )  # fmt: skip
    elif here == [SILICON]:
        yield Finding(
            check, "wrong", f"{SILICON} {installed[SILICON]} is no longer made, and older than dlc needs",
            f"pip uninstall -y {SILICON} && pip install onnxruntime",
        )  # fmt: skip
    elif here:
        yield Finding(check, "ok", f"{here[0]} {installed[here[0]]}")


def _faults(installed: Mapping[str, str], bounds: Mapping[str, str]) -> Iterator[Finding]:
    for name, oldest in bounds.items():
        family = next((family for family in (RUNTIMES, OPENCVS) if name in family), (name,))
        here = [other for other in family if other in installed]
        wanted = f'pip install "{name}>={oldest}"' if oldest else f"pip install {name}"
        if not here:
            yield Finding("packages", "wrong", f"{name} is not installed", wanted, stops=True)
        elif oldest and all(older(installed[other], oldest) for other in here):
            text = f"{here[0]} {installed[here[0]]} is older than {oldest}"
            yield Finding("packages", "wrong", text, wanted.replace(name, here[0]) if here != [SILICON] else wanted)


def older(version: str, than: str) -> bool:
    """Returns whether a version comes before another; marks behind the numbers do not count."""
    ours, theirs = ([int(number) for number in re.findall(r"\d+", text)[:3]] for text in (version, than))
    return ours[: len(theirs)] < theirs


def _kept(here: Sequence[str]) -> str:
    """Returns which of a family to keep: the one with most to it that is still made."""
    return next((name for name in here if name not in (RUNTIMES[0], SILICON) and "headless" not in name), here[0])


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
