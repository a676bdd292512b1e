from pathlib import Path

import cv2
import pytest

from models.analyse import analyse
from models.session import ModelStore

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.fixture(scope="session")
def models():
    """The real networks, loaded once for all tests of a session."""
    return ModelStore()


@pytest.fixture(scope="session")
def portraits():
    """The three source pictures, uint8 [768, 768, 3] BGR, by their letter."""
    return {letter: cv2.imread(str(ASSETS / f"source_{letter}.jpg")) for letter in "abc"}


@pytest.fixture(scope="session")
def meshed(models, portraits):
    """The source pictures and their meshes, by their letter."""
    return {letter: (image, analyse(image, models)[0].landmarks.points) for letter, image in portraits.items()}
