import cv2
import numpy as np
import pytest

from models.align import square
from models.crop import cut, part_under


@pytest.fixture(scope="module")
def picture():
    noise = np.random.default_rng(0).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


@pytest.mark.parametrize(
    ("centre", "side", "angle"),
    [((100, 60), 50, 0.0), ((90, 50), 70, 0.7), ((5, 110), 80, -2.0), ((190, 3), 300, 3.1), ((400, -300), 60, 0.3)],
)
def test_a_cut_is_the_same_as_a_warp_of_the_whole_picture(picture, centre, side, angle):
    matrix = square(np.array(centre), side, angle, 64)
    whole = cv2.warpAffine(picture, matrix, (64, 64), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    part = cut(picture, matrix, 64)
    assert part.shape == (64, 64, 4)
    assert np.abs(part[..., :3].astype(int) - whole).max() <= 1


def test_the_part_is_never_empty_and_never_outside():
    for centre in ((-500, -500), (500, 500), (30, 20)):
        x0, y0, x1, y1 = part_under(square(np.array(centre), 20, 0.5, 64), 64, (40, 60, 3))
        assert 0 <= x0 < x1 <= 60
        assert 0 <= y0 < y1 <= 40
