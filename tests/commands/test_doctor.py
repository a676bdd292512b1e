"""`doctor`, check by check: what is here, missing or wrong, and the command that mends it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from commands.checks.devices import Started, check_devices, start_in_child
from commands.checks.finding import Finding
from commands.checks.folders import check_bundled, check_folder, check_store
from commands.checks.interpreter import Interpreter, check_interpreter
from commands.checks.machine import check_machine, check_nvml, check_threads, check_vitals
from commands.checks.packages import check_packages, installed_packages, lower_bounds, older
from commands.checks.pictures import check_camera, check_clip, check_codecs, check_letters, check_window
from commands.doctor import as_data, shown
from models.store import Store
from runtime.cpuinfo import Cpu
from runtime.gpu import Gpu
from runtime.hardware import hardware_of_pc, profile
from runtime.rendering import Style
from runtime.vitals import Vitals

ROOT = Path(__file__).parents[2]
BOUNDS = {"onnxruntime": "1.20", "opencv-python": "5.0", "numpy": "2.0"}
HERE = {"onnxruntime": "1.32.0", "opencv-python": "5.0.0.93", "numpy": "2.3.1"}
PC = hardware_of_pc(Cpu("A chip", 4, 0, 2**34, frozenset({"avx2"})), (), "Linux 6", ("CPUExecutionProvider",))
CARD = Gpu("NVIDIA GeForce RTX 3060", 3584, 12 * 2**30, 360.0, "580.95")


def bad(findings):
    return [finding for finding in findings if finding.state != "ok"]


def test_a_whole_installation_is_well():
    assert bad(check_packages(HERE, BOUNDS)) == []


def test_two_onnx_runtimes_shadow_each_other():
    (found,) = bad(check_packages({**HERE, "onnxruntime-gpu": "1.31.0"}, BOUNDS))
    assert (found.check, found.state, found.stops) == ("onnxruntime", "wrong", False)
    assert found.message.startswith("onnxruntime 1.32.0 and onnxruntime-gpu 1.31.0 bring the same module")
    assert found.remedy == "pip uninstall -y onnxruntime onnxruntime-gpu && pip install onnxruntime-gpu"


def test_the_old_runtime_for_apple_is_in_the_way():
    both = bad(check_packages({**HERE, "onnxruntime-silicon": "1.16.3"}, BOUNDS))
    assert [found.remedy for found in both] == [
        "pip uninstall -y onnxruntime onnxruntime-silicon && pip install onnxruntime"
    ]
    alone = {**HERE, "onnxruntime-silicon": "1.16.3"}
    del alone["onnxruntime"]
    assert bad(check_packages(alone, BOUNDS))[0].remedy == (
        "pip uninstall -y onnxruntime-silicon && pip install onnxruntime"
    )


def test_two_opencvs_shadow_each_other_and_the_one_with_windows_is_kept():
    (found,) = bad(check_packages({**HERE, "opencv-python-headless": "5.0.0.93"}, BOUNDS))
    assert found.remedy == "pip uninstall -y opencv-python opencv-python-headless && pip install opencv-python"


def test_another_package_of_the_same_module_serves_as_well():
    others = {"onnxruntime-gpu": "1.32.0", "opencv-contrib-python": "5.0.0", "numpy": "2.0.0"}
    assert bad(check_packages(others, BOUNDS)) == []


def test_a_missing_package_stops_the_default_graph():
    (found,) = bad(check_packages({"onnxruntime": "1.32.0", "opencv-python": "5.0.0.93"}, BOUNDS))
    assert (found.message, found.remedy, found.stops) == ("numpy is not installed", 'pip install "numpy>=2.0"', True)


def test_an_old_package_is_told_with_the_version_to_install():
    (found,) = bad(check_packages({**HERE, "onnxruntime": "1.19.2"}, BOUNDS))
    assert (found.message, found.remedy) == (
        "onnxruntime 1.19.2 is older than 1.20", 'pip install "onnxruntime>=1.20"'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "than", "is_older"),
    [("1.9", "1.20", True), ("1.20.0", "1.20", False), ("2.0.0rc1", "2.0", False), ("4.13.0.92", "5.0", True)],
)
def test_versions_are_compared_by_their_numbers(version, than, is_older):
    assert older(version, than) is is_older


def test_bounds_and_packages_of_this_installation_are_found():
    bounds = lower_bounds()
    assert bounds["onnxruntime"] == "1.20"
    assert bad(check_packages(installed_packages(), bounds)) == []


@pytest.mark.parametrize(
    ("python", "states"),
    [
        (Interpreter((3, 12, 4), 64, "arm64"), ["ok"]),
        (Interpreter((3, 10, 1), 64, "x86_64"), ["wrong"]),
        (Interpreter((3, 12, 1), 32, "x86"), ["wrong"]),
        (Interpreter((3, 15, 0), 64, "x86_64"), ["note"]),
        (Interpreter((3, 12, 4), 64, "x86_64", translated=True), ["ok", "wrong"]),
    ],
)
def test_pythons(python, states):
    found = list(check_interpreter(python))
    assert [finding.state for finding in found] == states
    assert all(finding.remedy for finding in bad(found))


def test_a_session_really_starts_on_the_cpu_in_a_process_of_its_own():
    started = start_in_child("cpu")
    assert started.fault == ""
    assert started.ms > 0


def test_a_device_that_cannot_start_says_why():
    assert "needs CUDAExecutionProvider" in start_in_child("cuda:0").fault


def test_a_device_that_fails_is_wrong_and_only_the_cpu_stops_the_default_graph():
    machine = hardware_of_pc(
        Cpu("a", 4, 0, 2**34, frozenset()), (CARD,), "Linux", ("CUDAExecutionProvider", "CPUExecutionProvider")
    )
    found = list(check_devices(machine, lambda device: Started(0, f"{device} is broken")))
    assert [(one.state, one.stops, bool(one.remedy)) for one in found] == [
        ("wrong", True, True),
        ("wrong", False, True),
    ]


def test_a_gpu_that_the_runtime_cannot_use_is_noted():
    machine = hardware_of_pc(Cpu("a", 4, 0, 2**34, frozenset()), (CARD,), "Linux", ("CPUExecutionProvider",))
    (found,) = bad(check_devices(machine, lambda _: Started(1)))
    assert found.remedy == 'pip uninstall -y onnxruntime && pip install "onnxruntime-gpu[cuda,cudnn]"'


def test_windows_displays_letters_and_clip(tmp_path):
    assert bad(check_window("QT", "")) == bad(check_letters("")) == bad(check_clip(ROOT / "assets/demo.mp4")) == []
    headless, display = check_window("", "there is no display")
    assert headless.remedy.endswith("pip install opencv-python")
    assert (display.state, display.message) == ("note", "there is no display; frames are counted, not shown")
    assert next(check_letters("漢字")).state == "note"
    assert next(check_clip(tmp_path / "demo.mp4")).stops


def test_cameras(tmp_path):
    device = tmp_path / "video0"
    device.touch()
    assert bad(check_camera(lambda _: True, "hint", [device])) == []
    assert next(check_camera(lambda _: False, "allow it", None)).remedy == "allow it"
    assert next(check_camera(lambda _: True, "hint", [])).message.startswith("there is none")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_camera_that_nobody_may_read_is_wrong(tmp_path):
    device = tmp_path / "video0"
    device.touch(0)
    assert next(check_camera(lambda _: True, "hint", [device])).state == "wrong"


def test_codecs():
    assert bad(check_codecs(lambda *_: True, "8.1")) == []
    lacking = bad(check_codecs(lambda name, _: name == "hevc", "8.1"))
    assert [finding.stops for finding in lacking] == [True, False, False]


def test_folders(tmp_path, monkeypatch):
    assert bad(check_folder("models", tmp_path / "not" / "yet", "DLC_MODELS")) == []
    file = tmp_path / "file"
    file.touch()
    (found,) = check_folder("models", file / "models", "DLC_MODELS")
    assert found.remedy.startswith("export DLC_MODELS=ANOTHER_FOLDER")
    usage = type("Usage", (), {"free": 10**6})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert next(check_folder("models", tmp_path, "DLC_MODELS")).state == "wrong"


def test_a_record_of_models_that_is_broken_is_no_fault_of_the_installation(tmp_path):
    (tmp_path / "store.json").write_text("[")
    (tmp_path / "inswapper_128.onnx").write_bytes(b"x")
    (found,) = check_store(Store(tmp_path))
    assert (found.state, found.stops, found.remedy) == ("wrong", False, f"rm {tmp_path / 'store.json'}")


def test_models_that_are_damaged_are_told(tmp_path):
    assert bad(check_bundled(Store(tmp_path))) == []
    (tmp_path / "inswapper_128.onnx").write_bytes(b"cut off")
    found = bad(check_store(Store(tmp_path)))
    assert [finding.remedy for finding in found] == ["dlc.py models pull inswapper_128"]
    broken = bad(check_bundled(Store(tmp_path, bundled=tmp_path)))
    assert broken
    assert all(finding.stops for finding in broken)


def test_the_machine_and_what_limits_it():
    assert bad(check_machine(PC, 8)) == []
    (found,) = bad(check_machine(PC, 64))
    assert found.message == "this process may use 4 cores of 64 processors"
    small = hardware_of_pc(Cpu("a", 4, 0, 2**30, frozenset()), (CARD,), "Linux", ())
    assert [finding.check for finding in bad(check_machine(small, 4))] == ["memory"]
    assert "4 fast and 4 thrifty cores" in next(check_machine(profile("m1", PC), 8)).message


def test_threads_vitals_and_nvml():
    assert list(check_threads({"HOME": "/"})) == list(check_vitals(Vitals())) == []
    (found,) = check_threads({"OMP_NUM_THREADS": "1"})
    assert found.remedy == "unset OMP_NUM_THREADS"
    hot = check_vitals(Vitals("serious", "battery", "warn"))
    assert [finding.check for finding in hot] == ["heat", "memory", "power"]
    machine = hardware_of_pc(Cpu("a", 4, 0, 2**34, frozenset()), (CARD,), "Linux", ())
    assert bad(check_nvml(machine, "the package is missing"))
    assert not bad(check_nvml(PC, "the package is missing"))


def test_a_finding_fits_80_columns_and_its_command_stands_below():
    text = shown(Finding("device", "wrong", "word " * 40, "pip install " + "package " * 20), Style())
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("wrong device       word")
    assert any("-> pip install" in line for line in lines)


def test_a_report_has_no_private_paths():
    found = Finding("folder", "wrong", "/home/somebody/models", "ls /home/somebody").without([("/home/somebody", "~")])
    report = as_data(PC, [found])
    assert "somebody" not in json.dumps(report)
    assert report["runs_default_graph"]
    assert not as_data(None, [Finding("python", "wrong", "old", stops=True)])["runs_default_graph"]


def run_doctor(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "dlc.py", "doctor", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_this_installation_is_looked_at(tmp_path):
    done = run_doctor(HOME=str(tmp_path), XDG_DATA_HOME="", XDG_CACHE_HOME="", DLC_MODELS="", DLC_CACHE="")
    assert done.returncode == 0, done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "the default graph can run" in done.stdout
    assert str(tmp_path) not in done.stdout
    assert not [*tmp_path.glob(".local/share/dlc"), *tmp_path.glob(".cache/dlc")], "it only looks"


def test_this_installation_is_told_to_programs(tmp_path):
    report = json.loads(run_doctor("--format", "json", HOME=str(tmp_path), DLC_MODELS="").stdout)
    assert report["runs_default_graph"] is True
    assert report["machine"]["devices"][0] == "cpu"
    assert {finding["state"] for finding in report["findings"]} <= {"ok", "note", "wrong"}
    assert str(tmp_path) not in json.dumps(report)


def test_what_is_broken_does_not_end_the_examination(tmp_path):
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('no such library')\n")
    done = run_doctor(PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "ImportError: no such library" in done.stdout
    assert "the default graph cannot run" in done.stdout
    assert "codecs" in done.stdout
