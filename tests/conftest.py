"""Settings of the test run as a whole."""

import os
import tempfile
from pathlib import Path

from hypothesis import settings

# The same examples each time, so that a failure is the change's own; `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=400)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# No test sees the models of whoever runs it.
os.environ["DLC_MODELS"] = str(Path(tempfile.gettempdir()) / "dlc-tests-without-models")
