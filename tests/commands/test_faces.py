"""`faces`: people by name, and the people of a video."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from commands.common import node_table
from runtime.loading import check_file
from runtime.overrides import parse_overrides
from tests.clips import make

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"


@pytest.fixture
def here(tmp_path):
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def command(here, *arguments):
    return {
        "args": [sys.executable, str(ROOT / "dlc.py"), "faces", *map(str, arguments)], "cwd": here, "text": True,
        "env": {**os.environ, "DLC_FACES": str(here.parent / "faces"), "COLUMNS": "80"},
    }  # fmt: skip


def faces(here, *arguments):
    return subprocess.run(**command(here, *arguments), capture_output=True, timeout=100, check=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two people for a second; one of them is gone after a quarter of it, and comes back."""
    return make("returning", tmp_path_factory.mktemp("clips"), frames=60, scale=0.5).file


def test_people_are_added_listed_and_removed(here):
    added = faces(here, "add", "anna", ASSETS / "source_a.jpg")
    assert added.stdout == f"anna: 1 picture in {here.parent}/faces/anna.face\n"
    assert faces(here, "add", "anna", ASSETS / "source_a.jpg").stdout.startswith("anna: 2 pictures in ")
    assert faces(here, "list").stdout == f"anna                     2 pictures\nin {here.parent}/faces\n"
    assert faces(here, "rm", "anna").stdout == "anna: deleted\n"
    assert faces(here, "list").stdout == f"nobody is saved in {here.parent}/faces\n"
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rm", "ben"), "error: nobody is saved as 'ben'; there are none"),
        (("add", "b n", ASSETS / "source_a.jpg"), "error: 'b n' is no name for a person"),
        (
            ("add", "ben", ASSETS / "source_a.jpg", ASSETS / "source_c.jpg"),
            "shows somebody else than the other pictures",
        ),
        (("add", "ben", ASSETS / "demo.mp4"), "is no picture that can be decoded"),
        (("scan", "nothing.mp4"), "error: nothing.mp4: there is no such file"),
        (("scan", ASSETS / "demo.mp4", "--to", "no/folder"), "error: no/folder: there is no folder no; make it first"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_and_leaves_nothing(here, arguments, said):
    done = faces(here, *arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(here.parent.iterdir()) == [here]
    assert list(here.iterdir()) == []


def test_a_face_that_is_too_small_to_know_anybody_by_is_refused(here):
    small = cv2.resize(cv2.imread(str(ASSETS / "source_a.jpg")), (32, 32), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(here / "small.png"), small)
    done = faces(here, "add", "anna", "small.png")
    assert done.returncode == 1
    assert "below 30 px people look alike" in done.stderr
    assert list(here.parent.iterdir()) == [here]


def test_a_scan_finds_the_people_of_a_video_and_writes_a_graph_to_edit(here, clip):
    done = faces(here, "scan", clip, "--to", "found")
    assert (done.returncode, done.stderr) == (0, "")
    first, second, last = done.stdout.splitlines()
    assert first.startswith("person_1: 100 % of frames: 0:00.0-0:0")
    assert second.startswith("person_2: ")
    assert second.count("-0:0") == 2  # there twice
    assert last.startswith("found/sheet.jpg shows them")
    folder = here / "found"
    assert sorted(file.name for file in folder.iterdir()) == ["person_1.jpg", "person_2.jpg", "sheet.jpg", "swap.yaml"]
    assert list(here.iterdir()) == [folder]
    assert cv2.imread(str(folder / "sheet.jpg")).shape[0] > 2 * 96
    settings = parse_overrides(
        [f"swapped.map={{person_1: {ASSETS}/source_a.jpg}}", f"swapped.face={ASSETS}/source_b.jpg"]
    )
    graph = check_file(folder / "swap.yaml", node_table(), settings).unwrap()
    assert Path(graph.node("video").fixed.uri).samefile(clip)
    assert graph.node("known").fixed.people == [str(folder / f"person_{index}.jpg") for index in (1, 2)]


def test_a_scan_finds_the_people_of_a_picture(here):
    done = faces(here, "scan", ASSETS / "source_a.jpg", "--to", "found")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("person_1: 100 % of frames: 0:00.0-0:00.0\n")
    assert "person_2" not in done.stdout


def test_a_scan_never_writes_over_anything(here, clip):
    (here / "found").mkdir()
    done = faces(here, "scan", clip, "--to", "found")
    assert done.returncode == 2
    assert done.stderr == "error: found: is there already; move it away, or name another folder with --to\n"
    assert list((here / "found").iterdir()) == []


def has_open(process, file):
    """Whether a process reads a file by now, as Linux tells."""
    links = (link.resolve() for link in Path(f"/proc/{process.pid}/fd").iterdir())
    return file.resolve() in links


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells which files a process has open")
def test_ctrl_c_leaves_nothing_behind(here):
    video = ASSETS / "demo.mp4"
    scan = subprocess.Popen(**command(here, "scan", video), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while scan.poll() is None and not has_open(scan, video):
        with contextlib.suppress(subprocess.TimeoutExpired):
            scan.wait(0.02)
    scan.send_signal(signal.SIGINT)
    _, said = scan.communicate(timeout=60)
    assert scan.returncode == 130, said
    assert "Traceback" not in said
    assert list(here.iterdir()) == []
