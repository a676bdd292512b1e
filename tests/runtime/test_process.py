"""What a process says of its own memory."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runtime.process import peak_rss_mb

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is handed on")
def test_the_most_memory_is_its_own_and_not_that_of_who_started_it():
    held = np.ones(400_000_000, np.uint8)
    code = "from runtime.process import peak_rss_mb; print(peak_rss_mb())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0 < float(done.stdout) < 200
    assert peak_rss_mb() > held.nbytes / 1e6
