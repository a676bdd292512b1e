"""Runs that go wrong: nodes that hang, counters that raise, and settings that could not be kept."""

import threading

import pytest

from runtime import Frame, node
from runtime.errors import GraphError, RunError
from runtime.testing import GraphRun, ManualClock, numbered_pictures, run_graph
from tests.runtime.chains import chain


@pytest.mark.parametrize("measured", [0, 12])
@pytest.mark.parametrize("mode", ["live", "file"])
def test_a_run_with_a_node_that_hangs_can_be_stopped_at_any_time(hang, measured, mode):
    kind, reached = hang
    with GraphRun(chain("hang", mode), [kind], clock=ManualClock(), measured_frames=measured, hang_s=0.05) as run:
        for picture in numbered_pictures(3):
            run.push(picture)
        assert reached.wait(10)
        run.engine.stop(partial=True)
        result = run.wait()
    assert run.engine.hung == ["b"]
    assert "still running after 0.05 s: b" in str(result.error)
    assert result.closed == {"c": False}


def test_a_node_that_hangs_does_not_keep_its_neighbours_from_being_closed(hang):
    kind, reached = hang
    with GraphRun(chain("hang"), [kind], measured_frames=12, hang_s=0.05) as run:
        run.push(numbered_pictures(1)[0])
        assert reached.wait(10)
        run.engine.stop(partial=True)
        assert run.wait().closed == {"c": False}


def test_a_live_run_with_a_node_that_hangs_ends_with_its_stream(hang):
    kind, _ = hang
    result = run_graph(chain("hang", "live"), [kind], numbered_pictures(1), hang_s=0.05)
    assert isinstance(result.error, RunError)


def test_counters_that_raise_hurt_nobody():
    @node(ordered=True)
    class Rude:
        def __call__(self, frame: Frame) -> Frame:
            return frame

        def counters(self):
            raise RuntimeError("dictionary changed size during iteration")

    result = run_graph(chain("rude"), [Rude])
    assert result.error is None
    assert result.snapshot.nodes["b"].counters == {}


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (["b.on_error=repeat", "b.workers=2"], "depends on timing"),
        (["c.on_error=repeat"], "gives nothing that could be repeated"),
        (["a.workers=2"], "it has one thread"),
    ],
)
def test_what_could_not_be_kept_is_refused(sets, message):
    @node
    def keep(frame: Frame) -> Frame:
        return frame

    with pytest.raises(GraphError, match=message):
        run_graph(chain("keep"), [keep], overrides=sets)


def test_a_snapshot_can_be_taken_at_any_time_from_any_thread():
    @node
    def keep(frame: Frame) -> Frame:
        return frame

    errors = []
    with GraphRun(chain("keep"), [keep], numbered_pictures(400), measured_frames=12) as run:

        def watch():
            while not run.engine.ended.is_set():
                try:
                    run.engine.snapshot()
                except Exception as error:  # noqa: BLE001
                    errors.append(error)

        watcher = threading.Thread(target=watch)
        watcher.start()
        run.wait()
        watcher.join()
    assert errors == []
