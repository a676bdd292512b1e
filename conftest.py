"""Settings of the test run as a whole: those of `tests`, and of `examples`."""

import os

from hypothesis import settings

from tests.folders import own_folders

# The same examples each time, so that a failure is the change's own; `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=400)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

_FOLDERS = own_folders()


def pytest_unconfigure() -> None:
    """Removes the folders when all is done."""
    _FOLDERS.cleanup()
