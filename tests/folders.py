"""No test sees what whoever runs it has: models, measurements, saved people."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory


def own_folders():
    """Points dlc, in this process and its children, at empty folders; returns the one in which they will be."""
    folder = TemporaryDirectory(prefix="dlc-tests-", ignore_cleanup_errors=True)
    for name in ("models", "cache", "faces"):
        os.environ[f"DLC_{name.upper()}"] = str(Path(folder.name) / name)
    return folder
