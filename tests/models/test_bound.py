"""Buffers that are bound once for each shape. On a GPU they lie there; the CPU has the same interface."""

import numpy as np
import onnxruntime as ort
import pytest
from onnx import helper

from models.bound import MOST_SHAPES, BoundSession
from models.placement import Placement
from tests.models.networks import network, noise

DOUBLED = network([helper.make_node("Add", ["x", "x"], ["y"])], ("n", 3))


def bound(content=DOUBLED):
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    return BoundSession(session, "cpu", Placement("CPUExecutionProvider"), ("cpu", 0))


def test_each_run_answers_for_its_own_input():
    session = bound()
    for seed in range(4):
        x = noise((2, 3)) * (seed + 1)
        np.testing.assert_allclose(session.run(x)[0], 2 * x, rtol=1e-6)


def test_shapes_have_buffers_of_their_own_and_come_in_any_order():
    session = bound()
    for rows in (1, 4, 1, 2, 4, 1):
        x = noise((rows, 3))
        np.testing.assert_allclose(session.run(x)[0], 2 * x, rtol=1e-6)


def test_more_shapes_than_are_kept_are_answered_all_the_same():
    session = bound()
    for _ in range(2):
        for rows in range(1, MOST_SHAPES + 3):
            x = noise((rows, 3))
            np.testing.assert_allclose(session.run(x)[0], 2 * x, rtol=1e-6)


def test_a_view_with_strides_is_taken_as_what_it_shows():
    session = bound()
    x = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::-1][:, :3]
    for _ in range(2):
        np.testing.assert_array_equal(session.run(x)[0], 2 * x)


@pytest.mark.parametrize("sizes", [("n", 3), (1, 3)])
def test_a_session_that_was_warmed_answers_as_any_other(sizes):
    session = bound(network([helper.make_node("Add", ["x", "x"], ["y"])], sizes))
    session.warm()
    assert session.shapes == 1
    x = noise((1, 3))
    np.testing.assert_allclose(session.run(x)[0], 2 * x, rtol=1e-6)
    assert session.shapes == 1


def test_a_session_with_free_sizes_is_not_warmed():
    session = bound(network([helper.make_node("Add", ["x", "x"], ["y"])], ("n", "m")))
    session.warm()
    assert session.shapes == 0
