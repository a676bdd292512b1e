"""Inswapper's embedding map: read once from the network's file, then kept in a file of its own.

In the ONNX file it is the last initializer, used by no node, so that whatever rewrites or converts the graph may lose
it or put something else there.
"""

from __future__ import annotations

from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.lib.format import read_array

from runtime.errors import ModelError
from runtime.kinds import Floats
from runtime.whole_file import write_whole

SHAPE = (512, 512)


def emap_of(model: Path, sha256: str) -> Floats:
    """Returns the map of a model file with that digest, float32 [512, 512]; raises `ModelError`.

    The copy lies beside the model and carries the digest in its name, so it is never that of another file.
    """
    kept = model.with_name(f"{model.stem}.{sha256[:16]}.emap.npy")
    emap = _copy(kept)
    if emap is None:
        emap = read_emap(model)
        _keep(emap, kept)
    return emap


def read_emap(model: Path) -> Floats:
    """Returns the map from an ONNX file as InsightFace publishes it; raises `ModelError`."""
    import onnx  # noqa: PLC0415  # takes 0.2 s, and is needed once in a file's life
    from onnx import numpy_helper  # noqa: PLC0415

    try:
        initializers = onnx.load(model, load_external_data=False).graph.initializer
        emap = numpy_helper.to_array(initializers[-1]) if initializers else None
    except Exception as error:  # protobuf's errors have no base of their own
        raise ModelError(f"{model}: is no ONNX file that can be read: {error}") from error
    if emap is None:
        raise ModelError(f"{model}: has no initializers, so no embedding map: it is no inswapper")
    if not _is_map(emap):
        raise ModelError(
            f"{model}: the last initializer is {emap.dtype} {list(emap.shape)}, not the embedding map [512, 512]: "
            "use the file as InsightFace published it, not a rewritten one"
        )
    return emap.astype(np.float32)


def _is_map(emap: Floats) -> bool:
    return emap.shape == SHAPE and emap.dtype in (np.float32, np.float16) and bool(np.isfinite(emap).all())


def _copy(kept: Path) -> Floats | None:
    """Returns what was kept, or None where that is not here or cannot be a map."""
    try:
        with kept.open("rb") as stream:
            emap = read_array(stream, allow_pickle=False)
    except Exception:  # noqa: BLE001  # a damaged head goes to Python's tokenizer, which raises what it likes
        return None
    return emap.astype(np.float32) if _is_map(emap) else None


def _keep(emap: Floats, kept: Path) -> None:
    """Writes the copy; in a folder that cannot be written the map is read again next time."""
    content = BytesIO()
    np.save(content, emap)
    with suppress(OSError):
        write_whole(kept, content.getvalue())
