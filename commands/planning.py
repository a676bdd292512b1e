"""What `run`, `plan` and `calibrate` share: this machine, what is known of costs, and runs that find more out."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runtime.errors import ConfigurationError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from models.calibration import NetworkTimes
    from models.session import ModelStore
    from runtime.costs import CostFile, Costs, Times
    from runtime.forecast import Forecast
    from runtime.graph import Graph
    from runtime.hardware import Hardware
    from runtime.options import Options
    from runtime.overrides import Override
    from runtime.placing import Placement
    from runtime.threads import Threads

START_S = 2.0
"""How long a run may measure networks before its first frame."""

_NOT_COSTS = ("name", "description", "file", "credits", "max_memory", "device", "profile", "strict_device")
"""What in a graph says nothing of what its nodes cost."""


@dataclass(frozen=True)
class Workshop:
    """This machine and what is known of it.

    Attributes:
        hardware: the machine to plan for, which may be another one.
        here: this machine.
    """

    hardware: Hardware
    here: Hardware

    @staticmethod
    def of(profile: str) -> Workshop:
        """Looks at this machine, and takes another one's facts where a profile names it."""
        from runtime.hardware import probe
        from runtime.hardware import profile as hardware_of

        here = probe()
        return Workshop(hardware_of(profile, here), here)

    @cached_property
    def networks(self) -> NetworkTimes:
        """Times of networks on this machine."""
        from models.calibration import NetworkTimes

        return NetworkTimes(self.here.chip)

    @cached_property
    def costs(self) -> CostFile:
        """Costs of graphs on this machine."""
        from models.caches import cache_folder
        from runtime.costs import CostFile

        return CostFile(cache_folder() / "costs.json")

    @property
    def times(self) -> Times:
        """Times of networks on the machine that is planned for."""
        from models.calibration import ElsewhereTimes
        from runtime.apple_chips import apple_chip
        from runtime.forecast import core_factor

        if self.hardware.here:
            return self.networks
        chip = apple_chip(self.hardware.name)
        gpu = self.hardware.gpus[0].cores if self.hardware.gpus else 0
        tops = (chip.tops or 0.0) if chip else 0.0
        return ElsewhereTimes(self.networks, gpu or 0, tops, core_factor(self.hardware))

    @property
    def devices(self) -> list[str]:
        """Devices that a run may use: those of the profile that are here."""
        return [device for device in self.hardware.devices() if device in self.here.devices()]

    def key(self, graph: Graph) -> str:
        """Returns what costs of a graph are kept under: all that changes them."""
        from models.caches import key_of
        from runtime.graph_json import graph_data
        from runtime.version import VERSION

        data = {key: value for key, value in graph_data(graph).items() if key not in _NOT_COSTS}
        for node in data["nodes"]:
            node.pop("device", None)
            _forget_ends(node)
        text = json.dumps(data, sort_keys=True, default=str)
        return key_of(hashlib.sha256(text.encode()).hexdigest(), VERSION, self.here.chip, self.here.cores)

    def forecast(self, graph: Graph, costs: Costs, threads: int = 0) -> Forecast:
        """Returns how a graph would run."""
        from runtime.forecast import forecast
        from runtime.placing import costs_on

        if not self.hardware.here:  # what devices of this machine take says nothing of another's
            costs = costs_on(costs, dict.fromkeys(costs.nodes, "cpu"), self.networks)
        return forecast(graph, costs, self.hardware, self.times, threads)

    def settings_for(self, graph: Graph, threads: int = 0) -> tuple[Placement, Threads, int]:
        """Returns where a run's networks go, threads, and cores: by costs where they are known, else by rule."""
        from dataclasses import replace

        from runtime.forecast import planned_cores, settle
        from runtime.placing import place_by_rule
        from runtime.threads import Threads

        cores = min(planned_cores(self.hardware), self.here.cores)
        known = self.costs.get(self.key(graph))
        if known is None:
            chosen = Threads.for_cores(cores)
            return place_by_rule(graph, self.devices), replace(chosen, inference=max(1, threads)), cores
        if len(self.devices) > 1:
            self.measure_networks(known.networks, self.devices, START_S)
        memory = self.here.device_memory()
        settled = settle(graph, known, self.networks, self.devices, cores, threads, memory)
        return settled.placement, settled.threads, cores

    def measure_networks(self, names: Sequence[str], devices: Sequence[str], limit_s: float) -> None:
        """Times networks on devices where that has not been done, as far as the limit allows; says so.

        Names come with the one that takes most of a frame first, and so does it here, on accelerators before the
        processor: the choice of a device hangs on that.
        """
        from models.session import ModelStore

        missing = self.networks.missing(names, devices, 1)
        missing.sort(key=lambda pair: pair[1] == "cpu")
        if not missing:
            return
        began = time.monotonic()
        done = 0
        for network, device in missing:
            if time.monotonic() - began > limit_s:
                break
            with closing(ModelStore()) as models:  # so that each has the device's memory to itself
                try:
                    self.networks.measure(models, network, device, 1)
                except ModelError as error:
                    print(f"{network} on {device}: {error}", file=sys.stderr)
            done += 1
        left = f"; {len(missing) - done} left, dlc.py calibrate measures all" if done < len(missing) else ""
        print(f"measured {done} networks on devices in {time.monotonic() - began:.1f} s{left}", file=sys.stderr)

    def calibrate(self, load: Callable[[Sequence[Override]], Graph], graph: Graph, *, keep: bool = True) -> Costs:
        """Runs a graph to find its costs, and may keep them; sinks write into a folder that is deleted."""
        from dataclasses import replace

        from runtime.calibrate import calibrate
        from runtime.engine import Engine
        from runtime.options import Options
        from runtime.placing import place_by_rule
        from runtime.threads import Threads

        threads = replace(Threads.for_cores(self.here.cores), decode=1)  # so that its cost is that of one thread
        limit_threads(threads)
        with tempfile.TemporaryDirectory() as folder:
            trial = load(trial_ends(graph, Path(folder)))
            placement = place_by_rule(trial, self.here.devices())
            options = Options(cores=self.here.cores, threads=threads, placement=placement)

            def make(options: Options, main: Any) -> Engine:
                return Engine(load(trial_ends(graph, Path(folder))), _store(trial, threads), main, options)

            costs = calibrate(trial, make, options)
        self.measure_networks(costs.networks, sorted({"cpu", *costs.devices.values()}), float("inf"))
        if keep:
            self.costs.put(self.key(graph), costs)
        return costs


def limit_threads(threads: Threads) -> None:
    """Keeps libraries to their shares, and Python threads to short turns."""
    import nodes
    from runtime.threads import take_short_turns

    nodes.limit_threads(threads)
    take_short_turns()


def trial_ends(graph: Graph, folder: Path) -> list[Override]:
    """Returns values with which a graph can be tried.

    That is the bundled clip for cameras, files in a folder, no windows, all frames, and settings that stay as they are.
    """
    from runtime.overrides import Override

    changes = [Override("adapt", False), Override("target_fps", None)]
    for node in graph.nodes:
        settings = node.fixed.model_dump(mode="json")
        if node.spec.role == "source" and _is_camera(settings.get("uri")):
            changes.append(Override(f"{node.name}.uri", "demo:", "--set", "demo:"))
        if node.spec.role == "sink" and "to" in settings:
            suffix = Path(str(settings["to"])).suffix
            to = str(folder / f"{node.name}{suffix}") if suffix else "null:"
            changes.append(Override(f"{node.name}.to", to, "--set", to))
    return changes


def freed_devices(graph: Graph, hardware: Hardware) -> list[Override]:
    """Returns values with which a graph that names devices of another machine runs on this one.

    Raises:
        ConfigurationError: that machine has none of them.
    """
    from models.providers import device_of
    from runtime.overrides import Override
    from runtime.schema import AUTO

    named = {"device": graph.device} | {f"{node.name}.device": node.device or AUTO for node in graph.nodes}
    named = {key: device for key, device in named.items() if device != AUTO}
    for key, device in named.items():
        if device_of(device).name not in (there := hardware.devices()):
            raise ConfigurationError(f"{key}: {hardware.name} has no {device}; it has {', '.join(there)}")
    return [Override(key, AUTO) for key in named]


def stand_in_notes(graph: Graph, costs: Costs) -> Iterator[str]:
    """Yields, for each camera, that it is asked for another rate than that of the clip in its place, if it is."""
    from runtime.plan import live_rate

    asked = graph.quality.fps
    for node in graph.of_role("source"):
        uri = node.fixed.model_dump().get("uri")
        if graph.mode == "live" and _is_camera(uri) and live_rate(graph, costs) == costs.rate != asked:
            yield f"{node.name}: planned for the bundled clip's {costs.rate:g} fps; a camera is asked for {asked:g}"


def _store(graph: Graph, threads: Threads) -> ModelStore:
    from models.session import ModelStore

    return ModelStore(threads, strict_device=graph.strict_device)


def _is_camera(uri: object) -> bool:
    return uri == "auto" or str(uri).startswith("camera:")


def _forget_ends(node: dict[str, Any]) -> None:
    """Leaves of cameras and outputs only what matters: that it is one, and the kind of file."""
    settings = node["settings"]
    if node["role"] == "source" and _is_camera(settings.get("uri")):
        settings["uri"] = "demo:"
    if node["role"] == "sink" and "to" in settings:
        settings["to"] = Path(str(settings["to"])).suffix
