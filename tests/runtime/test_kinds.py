"""What flows along the edges refuses what it cannot be."""

import numpy as np
import pytest

from runtime import Frame


@pytest.mark.parametrize("image", [np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3)), np.zeros((2, 2, 4), np.uint8)])
def test_a_picture_of_the_wrong_shape_is_refused(image):
    with pytest.raises(ValueError, match=r"uint8 \[H, W, 3\]"):
        Frame(image)
