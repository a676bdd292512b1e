"""Rewrites a network for a device: other sizes, half precision, and the passes that its provider needs.

Nothing that was rewritten is used before it was proven equal to the original. Proof and result are kept in the
cache, so that it happens once for each file, device, shape, precision and version. Networks that need none of this
are passed through without a look: the default ones cost no time here.
"""

from __future__ import annotations

import hashlib
import json
import logging
import platform
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnxruntime as ort

from models.cache_limit import touch, trim
from models.caches import key_of
from models.passes import PASSES, Pass
from models.placement import CPU_PROVIDER
from models.providers import device_of
from models.refusals import refusal
from runtime.errors import ModelError
from runtime.whole_file import write_whole

if TYPE_CHECKING:
    import onnx

    from models.opening import Wish
    from models.passes.network import Network

log = logging.getLogger("dlc")

TOLERANCE = {"fp32": 1e-4, "fp16": 0.05}
"""Largest difference to the original, in parts of the output's largest value."""

OLDEST_OPSET = 11
"""The passes write operators as they are since then."""


def passes_for(content: bytes, family: str, version: str = ort.__version__) -> tuple[Pass, ...]:
    """Returns the passes that a network needs on a kind of device; a search for words, so there may be too many."""
    machine = platform.machine()
    fitting = (item for item in PASSES if item.fits(family, version, machine))
    return tuple(item for item in fitting if item.operator.encode() in content)


def rewritten(content: bytes, wish: Wish, cache: Path) -> bytes:
    """Returns a network as a device wants it; raises `ModelError` where it cannot be had as wished.

    Args:
        content: the ONNX file.
        wish: device, shape and precision.
        cache: where results are kept.
    """
    passes = passes_for(content, device_of(wish.device).family)
    if not passes and wish.shape is None and wish.precision == "fp32":
        return content
    key = key_of(hashlib.sha256(content).hexdigest(), wish.shape, wish.precision, [item.name for item in passes])
    kept = _kept(cache / "rewritten" / key, content)
    if kept is not None:
        return kept
    made, verdict = made_for(content, passes, wish)
    _keep(cache / "rewritten" / key, made, verdict)
    trim(cache)
    return made


def made_for(content: bytes, passes: tuple[Pass, ...], wish: Wish) -> tuple[bytes, dict[str, Any]]:
    """Returns a network rewritten and proven, and the verdict: what each pass changed, the difference, its SHA-256."""
    made, counts = _apply(content, passes, wish)
    if not any(counts.values()) and wish.shape is None and wish.precision == "fp32":
        return content, {"passes": counts, "difference": 0.0, "sha256": None}
    worst, why = _proof(content, made)
    if not worst <= TOLERANCE[wish.precision]:
        if not any(counts.values()):
            why = why or f"its outputs differ by {worst:.2g} of their range"
            raise ModelError(f"the network cannot be had with {_wanted(wish)}: {why}")
        return made_for(content, _proven(content, passes, wish), wish)
    return made, {"passes": counts, "difference": worst, "sha256": hashlib.sha256(made).hexdigest()}


def _proven(content: bytes, passes: tuple[Pass, ...], wish: Wish) -> tuple[Pass, ...]:
    """Returns the passes that keep a network equal when each is alone; tells of those that do not."""
    if len(passes) == 1:
        log.warning("%s changes what the network answers: it is left out", passes[0].name)
        return ()
    alone = wish._replace(shape=None, precision="fp32")
    good = tuple(item for item in passes if _proof(content, _apply(content, (item,), alone)[0])[0] <= TOLERANCE["fp32"])
    for item in set(passes) - set(good):
        log.warning("%s changes what the network answers: it is left out", item.name)
    return good if len(good) < len(passes) else ()


def _apply(content: bytes, passes: tuple[Pass, ...], wish: Wish) -> tuple[bytes, dict[str, int]]:
    import onnx  # noqa: PLC0415  # 0.3 s that most runs do not need

    from models.passes.network import Network  # noqa: PLC0415
    from models.passes.sizes import resize  # noqa: PLC0415

    try:
        if wish.shape is not None:
            model = onnx.load_model_from_string(content)
            resize(model, wish.shape)
            content = model.SerializeToString()
        model = onnx.load_model_from_string(simplified(content))
    except ModelError:
        raise
    except Exception as error:  # ONNX's and ONNX Runtime's errors have no base of their own
        raise ModelError(f"the network cannot be had with {_wanted(wish)}: {refusal(error)}") from error
    network = Network(model)
    counts = {item.name: _changed(network, item) for item in passes}
    if wish.precision == "fp16":
        model = halved(model)
    return model.SerializeToString(), counts


def _changed(network: Network, item: Pass) -> int:
    """Applies a pass; returns how many places it changed. One that stumbles over a graph leaves it as it was."""
    if network.opset < OLDEST_OPSET:
        return 0
    try:
        return item.apply(network)
    except Exception as error:  # noqa: BLE001  # a file from outside may hold anything
        log.warning("%s fails on this network (%s): it is left out", item.name, error)
        return 0


def simplified(content: bytes) -> bytes:
    """Returns a network as ONNX Runtime's basic level leaves it: constants folded, shapes that are known included."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "simple.onnx"
        options.optimized_model_filepath = str(file)
        ort.InferenceSession(content, options, providers=[CPU_PROVIDER], enable_fallback=0)
        return file.read_bytes()


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns a network that computes in half precision; its inputs and outputs stay float32."""
    from onnxruntime.transformers.float16 import convert_float_to_float16  # noqa: PLC0415

    half: onnx.ModelProto = convert_float_to_float16(model, keep_io_types=True)
    return half


def _proof(content: bytes, made: bytes) -> tuple[float, str]:
    """Returns the difference between two networks, infinite with the reason where the second does not run."""
    from models.proof import difference  # noqa: PLC0415

    try:
        return difference(content, made), ""
    except Exception as error:  # noqa: BLE001  # whatever stops it, it is not equal
        return float("inf"), str(error).splitlines()[0]


def _wanted(wish: Wish) -> str:
    parts = [] if wish.shape is None else [f"shape {['batch' if size is None else size for size in wish.shape]}"]
    parts += ["half precision"] if wish.precision == "fp16" else []
    return " and ".join(parts) or "constants folded"


def _kept(path: Path, content: bytes) -> bytes | None:
    """Returns what an earlier run has made, where it is whole."""
    note = path.with_suffix(".json")
    try:
        verdict = json.loads(note.read_text(encoding="utf-8"))
        touch(note)
        if verdict["sha256"] is None:
            return content
        made = path.with_suffix(".onnx").read_bytes()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return made if hashlib.sha256(made).hexdigest() == verdict["sha256"] else None


def _keep(path: Path, made: bytes, verdict: dict[str, Any]) -> None:
    """Writes result and verdict; a cache that cannot be written costs time at the next start, nothing else."""
    texts = json.dumps(verdict, indent=1).encode()
    files = [(".onnx", made)] if verdict["sha256"] else []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix, data in (*files, (".json", texts)):
            write_whole(path.with_suffix(suffix), data)
    except OSError as error:
        log.warning("%s cannot be written (%s): networks are rewritten again at the next start", path, error.strerror)
