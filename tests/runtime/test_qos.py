"""What macOS is told of the threads of a run, written down by a made-up Mac."""

import io

import pytest

from runtime import Frame, node, qos
from runtime.console import run_here
from runtime.fake_macos import FakeMac
from runtime.qos import Quality, set_quality, wide_awake
from runtime.testing import GraphRun, numbered_pictures, run_graph

GRAPH = "mode: {}\nnodes:\n  a: {{type: listed}}\n  b: {{type: same, in: a}}\n  c: {{type: collect, in: b}}\n"


@node
def same(frame: Frame) -> Frame:
    return frame.with_image(frame.image, cleared=True)


@pytest.fixture
def mac(monkeypatch):
    made_up = FakeMac()
    monkeypatch.setattr(qos, "mac_libraries", lambda: made_up)
    return made_up


def test_without_a_mac_nothing_is_told():
    assert not set_quality(Quality.USER_INTERACTIVE)
    with wide_awake("a test"):
        pass


def test_a_thread_gets_its_class():
    mac = FakeMac()
    assert set_quality(Quality.BACKGROUND, mac)
    assert [call[1:] for call in mac.calls] == [("pthread_set_qos_class_self_np", 0x09, 0)]


@pytest.mark.parametrize("mode", ["live", "file"])
def test_threads_that_carry_frames_are_interactive(mac, mode):
    run_graph(GRAPH.format(mode), [same], numbered_pictures(30))
    told = {call[0]: call[2] for call in mac.calls if call[1] == "pthread_set_qos_class_self_np"}
    housekeeping = told.pop("dlc-housekeeping", 0x09)
    assert (set(told.values()), housekeeping) == ({0x21}, 0x09)
    assert "dlc-a" in told
    assert any("b" in name for name in told)


def test_a_live_run_is_kept_from_napping_until_it_ends(mac):
    run_graph(GRAPH.format("live"), [same], numbered_pictures(30))
    selectors = [call[1] for call in mac.calls if call[0] == "dlc-engine"]
    begun = next(call for call in mac.calls if call[1] == "beginActivityWithOptions:reason:")
    assert begun[2] == 0xFF00FFFFFF
    assert selectors.index("beginActivityWithOptions:reason:") < selectors.index("endActivity:")
    assert mac.objects == 0


def test_a_file_run_may_wait_its_turn(mac):
    run_graph(GRAPH.format("file"), [same], numbered_pictures(30))
    assert "beginActivityWithOptions:reason:" not in [call[1] for call in mac.calls]


def test_the_progress_line_is_background(mac):
    run = GraphRun(GRAPH.format("file"), [same], numbered_pictures(3))
    assert run_here(run.engine, run._main, out=io.StringIO()) == 0
    assert ("dlc-console", "pthread_set_qos_class_self_np", 0x09, 0) in mac.calls


def test_the_activity_ends_when_its_body_fails():
    mac = FakeMac()
    with pytest.raises(ValueError, match="no"), wide_awake("a test", mac):
        raise ValueError("no")
    assert mac.calls[-2][1] == "endActivity:"
    assert mac.objects == 0
