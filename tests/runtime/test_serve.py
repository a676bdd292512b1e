"""Engine and dashboard in two processes: real ones, over the bundled clip, and what becomes of one when the other dies."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from runtime.control import connected, running
from runtime.engine_process import EngineProcess
from runtime.link import WireLink
from runtime.program import Job
from runtime.view import LinkClosed, Refused
from tests.terminal import WAIT_S, be_private, is_alive, own_graph, until

ROOT = Path(__file__).parents[2]
PROGRAM = "commands.serving:open_program"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of other systems")


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    be_private(tmp_path, monkeypatch)


def live(**more):
    return Job("live_balanced", target="demo:", output="null:", **more)


@contextlib.contextmanager
def process_of(job, printed=None):
    with contextlib.closing(EngineProcess(PROGRAM, printed)) as process:
        yield process, process.begin(job)


def pid_of(process):
    return process._process.pid


def test_a_run_is_seen_commanded_and_ended_from_another_process(tmp_path):
    with process_of(live(metrics=str(tmp_path / "m.json"))) as (process, link):
        assert [node.name for node in link.graph().nodes][:2] == ["camera", "faces"]
        until(lambda: link.now().presented >= 20, "frames")
        until(lambda: link.now().age.p50 > 0, "ages")
        assert link.graph().source == "demo.mp4, 960x540 at 30 fps"
        assert link.do("set", setting="swapped.opacity", value="0.9") == "swapped.opacity is 0.9"
        with pytest.raises(Refused, match="opacity of swapped"):
            link.do("set", setting="swapped.opacity", value="2")
        picture = tmp_path / "still.png"
        assert link.do("picture", file=os.path.relpath(picture)) == f"saved {picture.resolve()}"
        assert b"digitalsourcetype/" in picture.read_bytes()  # says how it was made
        link.do("pause")
        assert link.now().state == "paused"
        end = process.finish()
    assert (end.code, end.error) == (0, "")
    assert "live_balanced (live):" in end.report
    assert json.loads((tmp_path / "m.json").read_text())["run"]["frames_presented"] >= 20
    assert not is_alive(pid_of(process))
    assert not list((tmp_path / "run" / "dlc").glob("*.log"))


def test_while_swap_is_bypassed_no_bare_face_is_shown():
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 30, "frames")
        link.do("bypass", node="swapped", on=True)
        before = link.now()
        after = until(
            lambda: (now := link.now()).held + now.blurred >= before.held + before.blurred + 5 and now, "cover"
        )
        assert after.cover_reason == "swapped bypassed"
        passed = next(node for node in after.nodes if node.name == "guarded").counters["passed"]
        still = until(lambda: (now := link.now()).blurred >= after.blurred + 5 and now, "blurred frames")
        guard = next(node for node in still.nodes if node.name == "guarded")
        assert guard.counters["passed"] <= passed + 1
        link.do("bypass", node="swapped", on=False)
        until(lambda: next(n for n in link.now().nodes if n.name == "guarded").counters["passed"] > passed + 5, "swaps")
        assert process.finish().code == 0


def test_a_graph_that_came_with_dlc_is_not_written_over():
    file = ROOT / "graphs" / "live_balanced.yaml"
    text = file.read_text()
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 5, "frames")
        link.do("set", setting="swapped.opacity", value="0.9")
        with pytest.raises(Refused, match="came with dlc and stays as it is"):
            link.do("save")
        assert process.finish().code == 0
    assert file.read_text() == text


def test_another_face_is_put_on_while_frames_flow():
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 20, "frames")
        assert link.do("face", file="assets/source_b.jpg") == "swapped: made anew"
        assert link.now().graph_version == 1
        presented = link.now().presented
        now = until(lambda: (now := link.now()).presented >= presented + 20 and now, "frames with the new face")
        assert (now.withheld, now.blurred, now.skipped) == (0, 0, 0)
        with pytest.raises(Refused, match="there is no file"):
            link.do("face", file="assets/source_z.jpg")
        face = next(node for node in link.graph().nodes if node.name == "swapped").settings
        assert "source_b.jpg" in next(setting.value for setting in face if setting.name == "face")
        assert process.finish().code == 0


def test_a_graph_that_does_not_check_is_told_by_the_process_too():
    with process_of(Job("live_balanced", sets=("swapped.opacity=2",))) as (process, link):
        with pytest.raises(LinkClosed, match="opacity") as closed:
            link.now()
        assert closed.value.exit_code == 2
        assert process.finish().code in (1, 2)


def test_a_fault_of_ours_is_told_with_its_words():
    with contextlib.closing(EngineProcess("json:loads")) as process:  # takes no job
        link = process.begin(live())
        with pytest.raises(LinkClosed, match="TypeError: the JSON object must be str"):
            link.now()
        assert process.finish().code == 1


def test_a_run_that_cannot_be_loaded_is_told_and_ends(tmp_path):
    job = Job("swap_video", source="assets/source_b.jpg", target="assets/demo.mp4", output=str(tmp_path / "out.png"))
    with process_of(job) as (process, link):
        now = until(lambda: (now := link.now()).state == "failed" and now, "the failure")
        assert "one image cannot hold" in now.reason
        end = process.finish()
    assert end.code == 1
    assert "one image cannot hold" in end.error


def test_what_native_code_prints_goes_to_the_file(tmp_path):
    printed = tmp_path / "run.log"
    with process_of(live(frames=5, log=str(printed)), printed) as (process, link):
        until(lambda: link.now().state == "ended", "the end")
        assert process.finish().code == 0
    assert "nodes are ready" in printed.read_text()


def test_a_killed_engine_is_told_and_leaves_no_file_under_its_name(tmp_path):
    out = tmp_path / "out.mp4"
    job = Job("swap_video", source="assets/source_b.jpg", target="assets/demo.mp4", output=str(out))
    with process_of(job) as (process, link):
        until(lambda: link.now().presented >= 10, "frames")
        os.kill(pid_of(process), signal.SIGKILL)
        with pytest.raises(LinkClosed):
            until(lambda: link.now() and False, "the end")
        end = process.finish()
    assert end.code == 1
    assert "ended by SIGKILL" in end.error
    assert not out.exists()


def test_an_engine_whose_parent_is_gone_ends_in_order_and_marks_its_file_as_partial(tmp_path):
    out = tmp_path / "out.mp4"
    job = Job("swap_video", source="assets/source_b.jpg", target="assets/demo.mp4", output=str(out))
    with process_of(job) as (process, link):
        until(lambda: link.now().presented >= 10, "frames")
        link.close()
        process._process.wait(WAIT_S)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["out.partial.mp4"]
    with av.open(tmp_path / "out.partial.mp4") as video:
        assert sum(1 for _ in video.decode(video=0)) >= 10


def test_a_terminated_engine_ends_in_order():
    with process_of(live()) as (process, link):
        until(lambda: link.now().presented >= 1, "frames")
        os.kill(pid_of(process), signal.SIGTERM)
        until(lambda: link.now().state == "ended", "the end")
        assert process.finish().code == 128 + signal.SIGTERM


def test_a_watched_file_is_taken_over_when_it_is_saved_and_a_broken_one_is_not(tmp_path):
    graph = own_graph(tmp_path)
    text = graph.read_text()

    def save(new):
        beside = tmp_path / "new"
        beside.write_text(new)
        beside.replace(graph)

    def logged(link, words):
        lines = [line for line in link.log(-1) if words in line.text]
        return lines and lines[-1].text

    with process_of(Job(str(graph), watch=True)) as (process, link):
        until(lambda: link.now().presented >= 20, "frames")
        save(text.replace("mode: feather", "mode: feather, opacity: 0.9"))
        assert "opacity is 0.9" in until(lambda: logged(link, "mine.yaml: "), "the change")
        save(text.replace("type: label", "type: lable"))
        first, *more = until(lambda: logged(link, "not taken over"), "the refusal").split("\n")
        assert "error[unknown-type]" in first  # a dashboard shows the first line
        assert "did you mean 'label'?" in "\n".join([first, *more])
        assert link.now().graph_version == 0
        save(
            text.replace("  labelled:  {type: label,  in: composite}\n", "").replace(
                "frame: labelled", "frame: composite"
            )
        )
        until(lambda: link.now().graph_version == 1, "the new graph")
        presented = link.now().presented
        until(lambda: link.now().presented > presented + 10, "frames of the new graph")
        assert [node.name for node in link.graph().nodes if node.type == "label"] == []
        assert link.now().nodes[0].errors == 0
        assert process.finish().code == 0


def test_a_watched_plug_in_is_taken_over_when_it_is_saved(tmp_path):
    plugin, graph = tmp_path / "mark.py", own_graph(tmp_path)
    code = "from runtime import Frame, node\n\n\n@node\ndef mark(frame: Frame) -> Frame:\n    return frame\n"
    plugin.write_text(code)
    text = graph.read_text().replace("nodes:", "plugins: [mark.py]\n\nnodes:", 1)
    graph.write_text(text.replace("type: label,", "type: mark, "))
    with process_of(Job(str(graph), watch=True)) as (process, link):
        until(lambda: link.now().presented >= 5, "frames")
        plugin.write_text(code.replace("return frame", "raise ValueError('changed')"))
        until(lambda: link.now().graph_version == 1, "the new code")
        until(lambda: any("ValueError: changed" in line.text for line in link.log(-1)), "what the new code does")
        assert process.finish().code in (0, 1)


def test_an_engine_without_a_dashboard_is_found_by_its_name(tmp_path):
    command = [
        sys.executable,
        "dlc.py",
        "run",
        "live_balanced",
        "-t",
        "demo:",
        "-o",
        "null:",
        "--no-tui",
        "--control",
        "studio",
    ]
    engine = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: running() == ["studio"], "the name")
        with connected("studio") as wire:
            link = WireLink(wire)
            until(lambda: link.now().presented >= 5, "frames")
        with connected("studio") as wire:
            assert WireLink(wire).do("stop") == "ending"
        _, said = engine.communicate(timeout=WAIT_S)
    finally:
        engine.kill()
        engine.wait()
    assert engine.returncode == 0
    assert "live_balanced (live):" in said
    assert running() == []
