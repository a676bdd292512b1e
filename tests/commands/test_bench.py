"""`bench` says what cannot be before it measures for minutes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("part", ["quality", "campaign"])
@pytest.mark.parametrize("name", ["none/figures.json", "."])
def test_a_file_that_figures_cannot_be_written_to_is_refused_before_anything_is_measured(tmp_path, part, name):
    command = [sys.executable, str(ROOT / "dlc.py"), "bench", part, "--json", str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--json {tmp_path / name}: is no name for a file in a folder that exists" in done.stderr
