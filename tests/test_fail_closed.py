"""No bare face is presented, whatever fails: a short form of `dlc.py bench campaign`, a judge of pixels included."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from bench.campaign import SHORTEST, run_fault
from bench.campaign.cases import CASES
from bench.campaign.judge import Judge, shows
from bench.campaign.script import LOOK_PX, Moment, Script, box_of, look_of
from commands.bench import campaign
from runtime.errors import ConfigurationError


@pytest.fixture(autouse=True)
def quiet():
    log = logging.getLogger("dlc")
    before = log.level
    log.setLevel(logging.CRITICAL)
    yield
    log.setLevel(before)


@pytest.mark.parametrize("fault", CASES)
def test_no_bare_face_is_presented_and_what_is_held_or_blurred_has_a_reason(fault):
    row = run_fault(fault, 1, length=SHORTEST)
    assert row.bare == 0
    assert row.problems == []
    assert row.clear_s <= 2.0


@pytest.mark.parametrize("place", [(40, 40), (-12, 60), (170, 50)])
def test_the_judge_sees_a_face_of_which_a_quarter_is_bare(place):
    script = Script([Moment(people={"ann": place}, found={"ann"})])
    picture = script.picture(0)
    x0, y0, x1, y1 = (int(value) for value in box_of("ann", place))
    assert shows(picture, "ann", (x0, y0, x1 + 1, y1 + 1))
    assert not shows(np.zeros_like(picture), "ann", (x0, y0, x1 + 1, y1 + 1))


def test_the_judge_calls_a_camera_s_picture_bare_and_an_old_one_held():
    script = Script([Moment(people={"ann": (60 + at, 40)}, found={"ann"}) for at in range(3)])
    script.speak()
    judge = Judge(script)
    for at in range(3):
        judge.see(at, script.picture(0))
    assert judge.verdict.bare == [0, 1, 2]
    assert judge.verdict.shown == {"passed": 1, "held": 2}
    assert judge.verdict.unexplained == [1, 2]


def test_a_clip_of_which_nobody_knows_the_truth_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match=r"plain\.mp4: has no ground truth beside it"):
        campaign([tmp_path / "plain.mp4"])


def test_people_of_the_campaign_look_different():
    for name, side in LOOK_PX.items():
        others = [other for other in LOOK_PX if other != name]
        assert not any(shows(look_of(name), other, (0, 0, side, side)) for other in others)
