"""The command line, run as a user runs it: a process of its own, no display, no terminal."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import cv2
import pytest

from runtime.version import VERSION

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "assets"
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}


def dlc(*arguments, cwd=ROOT, **variables):
    command, env = [sys.executable, str(ROOT / "dlc.py"), *map(str, arguments)], ENVIRONMENT | variables
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=100, check=False)


def test_the_default_graph_runs_with_no_camera_no_display_and_no_terminal(tmp_path):
    done = dlc("run", "graphs/live_balanced.yaml", "--frames", 40, "--metrics", tmp_path / "m.json")
    assert done.returncode == 0, done.stderr
    assert "showing the bundled clip instead" in done.stderr
    assert "frames are counted, not shown" in done.stderr
    assert "live_balanced (live): 40 of 40 frames presented" in done.stderr
    assert "Traceback" not in done.stderr
    run = json.loads((tmp_path / "m.json").read_text())["run"]
    assert run["frames_presented"] == 40
    assert run["withheld"] == 0


def test_nothing_is_left_in_the_users_folder_by_a_library(tmp_path):
    """ONNX Runtime notes there who uses it how, where it is not told to leave that."""
    home = tmp_path / "home"
    home.mkdir()
    done = dlc(
        "swap", "-s", ASSETS / "source_b.jpg", "-t", ASSETS / "source_a.jpg", "-o", tmp_path / "o.png", HOME=str(home)
    )
    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*onnxruntime*")) == []


@pytest.mark.parametrize("name", ["live_performance", "live_quality"])
def test_the_other_live_graphs_run_by_their_bare_names(name):
    done = dlc("run", name, "--frames", 20, "-t", "demo:", "-o", "null:")
    assert done.returncode == 0, done.stderr
    assert f"{name} (live): 20 of 20 frames presented" in done.stderr


def test_swap_writes_a_video_with_every_frame(tmp_path):
    out = tmp_path / "out.mp4"
    done = dlc("swap", "-s", ASSETS / "source_b.jpg", "-t", ASSETS / "demo.mp4", "-o", out)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == [out]
    with av.open(out) as written, av.open(ASSETS / "demo.mp4") as read:
        ours = sorted(packet.pts * packet.time_base for packet in written.demux(video=0) if packet.size)
        theirs = sorted(packet.pts * packet.time_base for packet in read.demux(video=0) if packet.size)
    assert ours == theirs
    assert len(ours) == 240


def test_swap_writes_a_picture_and_finds_files_from_the_working_directory(tmp_path):
    target = cv2.imread(str(ASSETS / "source_a.jpg"))
    cv2.imwrite(str(tmp_path / "me.png"), target)
    done = dlc("swap", "-s", ASSETS / "source_c.jpg", "-t", "me.png", "-o", "out.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = cv2.imread(str(tmp_path / "out.png"))
    assert written.shape == target.shape
    assert (written != target).any()
    assert (written[:40] == target[:40]).all()
    assert done.stderr.startswith("swap_image (file): 1 of 1 frames presented")


def test_a_setting_from_the_command_line_reaches_its_node(tmp_path):
    file = tmp_path / "m.json"
    done = dlc("run", "live_balanced", "--set", "mode=file", "--set", "labelled.enabled=false", "--set",
               "screen.to='null:'", "--frames", 5, "--metrics", file)  # fmt: skip
    assert done.returncode == 0, done.stderr
    metrics = json.loads(file.read_text())
    assert metrics["graph"]["mode"] == "file"
    assert "labelled" not in metrics["nodes"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "nothing"], 2, "error[unreadable]: there is no graph 'nothing'"),
        (["run", "live_balanced", "--set", "swapped.modl=x"], 2, "--set: error[unknown-setting]: a swap has no setting 'modl'"),
        (["run", "live_balanced", "--set", "nonsense"], 2, "--set: error[bad-set]: this is no `path=value`"),
        (["run", "live_balanced", "-s", "missing.jpg", "-o", "null:"], 2, "error[missing-file]"),
        (["run", "live_balanced", "-t", "missing.mp4", "-o", "null:"], 2, "error[missing-file]"),
        (["run", "swap_video"], 2, "-o"),
        (["run", "swap_video", "-o", "no/such/folder/out.mp4"], 2, "error[missing-folder]"),
        (["run", "assets/source_a.jpg"], 2, "is no text; is it a graph?"),
        (["run", "live_balanced", "--set", "swaped.face=x"], 2, "did you mean 'swapped'?"),
        (["run", "live_balanced", "--set", "swapped.face.x=1"], 2, "'face' is a value and has no parts"),
        (["run", "live_balanced", "-s", ""], 2, "face of swapped is empty; give a path"),
        (["run", "swap_video", "-o", "assets/source_b.jpg"], 2, "would write over"),
        (["run", "live_balanced", "-o", "x.png", "-t", "demo:"], 1, "one image cannot hold a stream"),
        (["run", "live_balanced", "--metrics", "no/such/m.json"], 2, "--metrics no/such/m.json"),
        (["run", "live_balanced", "--metrics", "assets"], 2, "--metrics assets"),
        (["run", "live_balanced", "--metrics", "assets/source_a.jpg"], 2, "the graph uses this file"),
        (["run", "swap_video", "-o", "new.mp4", "--metrics", "./new.mp4"], 2, "--metrics new.mp4: the graph uses this"),
        (["run", "live_balanced", "--metrics", "graphs/live_balanced.yaml"], 2, "the graph uses this file"),
        (["run", "live_balanced", "--log", "assets/source_a.jpg"], 2, "--log assets/source_a.jpg: the graph uses this"),
        (["run", "live_balanced", "--log", "no/such/run.log"], 2, "--log no/such/run.log"),
        (["run", "live_balanced", "--frames", "0"], 2, "--frames"),
        (["run", "live_balanced", "--execution-threads", "9999"], 2, "--execution-threads"),
        (["swap", "-s", "x.jpg"], 2, "Missing option"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_plain_message_and_an_exit_code(arguments, code, message):
    done = dlc(*arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_ends_a_live_run_in_order():
    command = [sys.executable, str(ROOT / "dlc.py"), "run", "live_balanced", "-t", "demo:", "-o", "null:", "-v"]
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "frames flow" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(30) == 130
    assert "frames presented" in rest
    assert "Traceback" not in rest


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="looks at what a process has loaded")
def test_ctrl_c_while_starting_leaves_no_traceback():
    command = [sys.executable, str(ROOT / "dlc.py"), "run", "live_balanced", "-t", "demo:", "-o", "null:"]
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        loaded = Path(f"/proc/{process.pid}/maps")
        while "numpy" not in loaded.read_text():
            pass  # until it is in the middle of its imports
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stderr.read()
        assert process.wait(30) in (130, -signal.SIGINT)


def test_a_second_ctrl_c_ends_at_once(tmp_path):
    plugin = "from runtime import Frame, node\nimport threading\n\n@node\ndef hang(frame: Frame) -> Frame:\n"
    (tmp_path / "hang.py").write_text(plugin + "    threading.Event().wait(60)\n    return frame\n")
    (tmp_path / "g.yaml").write_text(
        "plugins: [hang.py]\nnodes:\n  a: {type: source, uri: 'demo:'}\n  b: {type: hang, in: a}\n"
        "  c: {type: sink, in: b, to: 'null:'}\n"
    )
    command = [sys.executable, str(ROOT / "dlc.py"), "run", str(tmp_path / "g.yaml"), "-v"]
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert any("nodes are ready" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            assert any("press Ctrl-C again" in line for line in process.stderr)
            process.send_signal(signal.SIGINT)
            assert process.wait(3) == 130
        finally:
            process.kill()


def test_a_time_limit_holds_although_nobody_reads_the_output():
    command = [sys.executable, str(ROOT / "dlc.py"), "run", "live_balanced", "-t", "demo:", "-o", "null:", "--duration"]
    with subprocess.Popen([*command, "6"], env=ENVIRONMENT, stderr=subprocess.PIPE) as process:
        process.stderr.close()
        assert process.wait(30) == 0


def test_two_runs_that_write_one_file_do_not_mix(tmp_path):
    out = tmp_path / "out.mp4"
    command = [sys.executable, str(ROOT / "dlc.py"), "run", "swap_video", "-o", str(out), "--frames", "60"]
    with subprocess.Popen(command, env=ENVIRONMENT) as first, subprocess.Popen(command, env=ENVIRONMENT) as second:
        assert (first.wait(60), second.wait(60)) == (0, 0)
    assert list(tmp_path.iterdir()) == [out]
    with av.open(out) as written:
        assert sum(1 for _ in written.decode(video=0)) == 60


def test_ctrl_c_leaves_a_playable_partial_video_and_no_half_written_one(tmp_path):
    out = tmp_path / "out.mp4"
    command = [sys.executable, str(ROOT / "dlc.py"), "run", "swap_video", "-o", str(out), "-v"]
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "frames flow" in line:
                process.send_signal(signal.SIGINT)
                break
        process.stderr.read()
        assert process.wait(30) == 130
    assert not out.exists()
    names = [file.name for file in tmp_path.iterdir()]
    assert names in ([], ["out.partial.mp4"])
    for name in names:
        with av.open(tmp_path / name) as partial:
            assert sum(1 for _ in partial.decode(video=0)) > 0


def test_the_version_is_that_of_the_package():
    assert dlc("--version").stdout.strip() == f"dlc {VERSION}"


def test_without_a_command_it_says_what_there_is():
    done = dlc()
    assert done.returncode == 0
    assert "check" in done.stdout


def test_a_log_file_has_what_the_console_leaves_out_and_the_traceback_of_a_failure(tmp_path):
    log = tmp_path / "run.log"
    done = dlc("run", "-t", "demo:", "-o", "x.png", "--log", log)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Traceback" in log.read_text()
    assert "one image cannot hold a stream" in log.read_text()


def test_a_traceback_is_shown_when_it_is_asked_for():
    assert "Traceback" in dlc("run", "-t", "demo:", "-o", "x.png", "-vv").stderr


def test_check_judges_several_graphs_and_says_what_programs_can_read():
    bad = "tests/graphs/bad/many.yaml"
    done = dlc("check", "live_balanced", bad)
    assert done.returncode == 2
    assert "live_balanced.yaml: good, 8 nodes, live mode" in done.stdout
    assert f"{bad}: 13 errors" in done.stdout
    good, wrong = json.loads(dlc("check", "live_balanced", bad, "--format", "json").stdout)
    assert (good["ok"], wrong["ok"]) == (True, False)
    first = wrong["diagnostics"][0]
    assert (first["code"], first["line"], first["column"], first["end_column"]) == ("unknown-key", 2, 1, 5)


def test_warnings_fail_a_check_only_where_that_is_asked_for():
    graph = "tests/graphs/bad/raw-sink.yaml"
    assert dlc("check", graph).returncode == 0
    assert dlc("check", graph, "--strict").returncode == 2


def test_check_loads_no_engine_no_network_and_no_codec():
    code = (
        "import sys\nfrom commands.check import check\n"
        "try:\n    check(['live_balanced'])\nexcept BaseException:\n    pass\n"
        "print(sorted({'onnxruntime', 'av', 'runtime.engine', 'insightface', 'textual'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["kind-mismatch", "error[kind-mismatch]"])
def test_explain_tells_what_a_code_means(name):
    done = dlc("explain", name)
    assert done.returncode == 0
    assert "Wrong:" in done.stdout
    assert "Right:" in done.stdout


def test_explain_lists_the_codes_and_knows_what_was_meant():
    assert "unguarded-sink" in dlc("explain").stdout
    done = dlc("explain", "kind-missmatch")
    assert done.returncode == 2
    assert "did you mean 'kind-mismatch'?" in done.stderr
