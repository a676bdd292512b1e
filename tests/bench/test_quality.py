"""The figures of `bench quality` on inputs whose answers are known, and a whole run over a short clip."""

import json
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

import nodes
from bench.figure import Figure
from bench.judge import Judge, Source, changed_outside, matched, openings, source_of
from bench.notes import Looks, Notes, Seen
from bench.quality import GRAPH, SOURCE, as_json, figures, judge_clip, table, truth_of
from bench.taps import Taps, run_tapped, wires
from bench.truth import Person, Truth
from bench.verdict import verdict
from models.session import ModelStore
from runtime.errors import ConfigurationError
from runtime.kinds import Face, Faces, Frame, Patch, Patches, PatchStatus
from runtime.loading import load_graph
from runtime.signature import spec_of
from runtime.stats import Percentiles, RunStats
from runtime.table import NodeTable
from runtime.testing import load_text
from tests.clips import make

ROOT = Path(__file__).parents[2]
TRUE = np.array([[100, 100], [200, 100], [150, 150], [115, 190], [185, 190]], np.float64)
RUN = RunStats(**{field.name: 0 for field in fields(RunStats)} | {"age_ms": Percentiles()})
LOOKS = Looks(0.8, 0.5, 0.3, np.zeros((2, 3)), np.zeros((2, 4, 3)))


def seen(name="demo", shift=(0, 0), **others):
    given = {"visible": 1.0, "plain": TRUE, "eye_distance": 100.0, "truth": TRUE, "track": 0, **others}
    return Seen(name, points=TRUE + shift, **given)


def lost(name="demo", visible=1.0):
    return Seen(name, visible, TRUE, 100.0, TRUE)


def judged(*people, **run):
    """Returns the verdict on frames with these people (a person, several, or None for nobody) in them."""
    frames = [() if item is None else item if isinstance(item, tuple) else (item,) for item in people]
    return verdict([Notes(tuple(frame)) for frame in frames], replace(RUN, **run))


def test_shifted_points_are_off_by_the_shift_in_distances_of_the_eyes():
    of = judged(seen(shift=(3, 4)), seen(shift=(3, 4), plain=TRUE + np.array((0, 2))))
    assert of.points.mean == pytest.approx(5)
    assert of.points.p95 == pytest.approx(5)
    assert of.points.each["nose_tip"] == pytest.approx(5)
    assert of.plain_points.mean == pytest.approx(1)
    assert of.point_ratio == pytest.approx(5)


def test_jitter_is_the_second_difference_of_what_is_not_true_motion():
    frames = []
    for index in range(10):
        there = TRUE + np.array((7 * index**2, 0))
        back_and_forth, half = np.array((0, 1)) * (-1) ** index, np.array((0.5, 0)) * (-1) ** index
        frames.append(
            Seen(
                "demo", 1.0, there + half, 100.0, there, there + back_and_forth, 0
            )  # 1 and 0.5 % of the eyes' distance
        )
    jitter = judged(*frames).point_jitter
    assert jitter.ours == pytest.approx(4 / np.sqrt(2))  # a - 2b + c is 4 in y and 0 in x
    assert jitter.ratio == pytest.approx(2)


def test_a_constant_offset_is_no_jitter():
    assert judged(*[seen(shift=(9, 9))] * 5).point_jitter.ours == pytest.approx(0)


def test_jitter_is_not_taken_over_a_gap_or_of_a_covered_face():
    assert judged(seen(), seen(), None, seen(), seen()).point_jitter is None
    assert judged(seen(), seen(visible=0.7), seen()).point_jitter is None


def test_jitter_of_colours_is_measured_against_the_input_s():
    def at(index):
        sign = (-1) ** index
        colours = np.stack([np.full((4, 3), 100.0 + sign), np.full((4, 3), 50.0 + 3 * sign)])
        return seen(looks=replace(LOOKS, colours=colours))

    assert judged(*(at(index) for index in range(6))).colour_jitter.ratio == pytest.approx(3)


def test_identity_is_the_mean_of_swapped_faces():
    of = judged(seen(looks=LOOKS), seen(looks=replace(LOOKS, to_source=0.4, to_bare=0.7)), seen())
    assert of.margin == pytest.approx(0.6 - 0.6)
    assert of.gain == pytest.approx(0.6 - 0.3)
    assert of.nearer == pytest.approx(50)
    assert of.swapped == pytest.approx(100 * 2 / 3)


def test_expression_counts_where_identity_moved_only():
    opened = np.array([[0.3, 0.3, 0.0], [0.3, 0.33, 0.06]])
    far = replace(LOOKS, to_source=0.1, openings=opened * 9)
    assert judged(seen(looks=replace(LOOKS, openings=opened)), seen(looks=far)).expression == pytest.approx(3)
    assert judged(seen(looks=far)).expression is None


def test_found_is_of_the_faces_that_are_half_visible():
    of = judged(seen(), lost(), lost(visible=0.3), None)
    assert (of.frames, of.faces, of.found) == (4, 2, 50)
    assert judged(lost()).found == 0


def test_without_truth_nothing_is_said_of_it():
    of = judged(*[seen("track 0", shift=(0, 2), truth=None)] * 3)
    assert (of.found, of.points, of.point_ratio) == (None, None, None)
    assert of.against_plain.mean == pytest.approx(2)


def test_a_changed_track_number_is_a_switch():
    of = judged(seen(), seen(track=4), seen(track=4), lost(), seen(track=0))
    assert (of.switches, of.returns) == (2, 1)
    assert judged(seen(), None, None, seen()).switches == 0
    swapped = judged((seen("a", track=0), seen("b", track=1)), (seen("a", track=1), seen("b", track=0)))
    assert (swapped.switches, swapped.returns) == (2, 0)


def test_each_of_several_people_has_figures_of_their_own():
    of = judged(
        (seen("a", shift=(1, 0)), lost("b")), (seen("a", shift=(1, 0)), seen("b", shift=(3, 0), track=1)), held=2
    )
    assert (of.held, of.found, of.points.mean) == (2, 75, pytest.approx(5 / 3))
    assert of.people["a"].points.mean == pytest.approx(1)
    assert of.people["b"].found == 50
    assert judged(seen()).people == {}


def test_counts_of_guards_and_withheld_frames_are_told():
    notes = [Notes(cleared=False, strangers=2), Notes(changed_outside=7)]
    of = verdict(notes, replace(RUN, held=3, blurred=5))
    assert (of.withheld, of.strangers, of.changed_outside, of.held, of.blurred) == (1, 2, 7, 3, 5)


def face(shift=(0, 0), track=0):
    points = (TRUE + shift).astype(np.float32)
    return Face(np.concatenate([points.min(0), points.max(0)]), points, 1.0, track=track)


def person(name, shift=(0, 0)):
    return Person(name, TRUE + shift, np.array([80, 40, 220, 240.0]) + np.tile(shift, 2))


def test_people_are_matched_with_the_nearest_face_and_with_none_that_is_far():
    a, b, c = person("a"), person("b", (40, 0)), person("c", (900, 0))
    pairs = dict(
        zip("abc", (found for _, found in matched([a, b, c], [face((35, 0), 7), face((2, 0), 8)])), strict=True)
    )
    assert pairs["a"].track == 8
    assert pairs["b"].track == 7
    assert pairs["c"] is None


def test_openings_are_height_through_width():
    mesh = np.zeros((468, 3), np.float32)
    mesh[133, 0], mesh[263, 0], mesh[308, 0] = 40, 40, 50
    mesh[[144, 153], 1], mesh[[380, 373], 1] = 10, 20
    mesh[[87, 14, 317], 1] = 5
    assert openings(mesh) == pytest.approx((0.25, 0.5, 0.1))


def taps(raw, composite, patches=()):
    frame, result = Frame(raw), Frame(composite, cleared=True)
    return Taps(frame, Faces(tuple(patch.face for patch in patches)), Patches(tuple(patches)), result, result)


def test_pixels_count_as_changed_only_outside_patches():
    raw = np.zeros((60, 80, 3), np.uint8)
    changed = raw.copy()
    changed[20:30, 20:30] = 9
    changed[50, 70] = 1
    to_patch = np.array([[1.0, 0, -18], [0, 1, -18]])
    patch = Patch(face(), PatchStatus.SWAPPED, np.zeros((14, 14, 3), np.uint8), to_patch=to_patch)
    assert changed_outside(taps(raw.copy(), changed, [patch])) == 1


def test_a_swap_that_does_nothing_gains_nothing():
    store = ModelStore()
    image = cv2.imread(str(ROOT / "assets" / "source_a.jpg"))
    graph = Judge(source_of(SOURCE, store), None, store)
    from models.analyse import analyse

    found = replace(analyse(image, store)[0], track=0)
    square = np.zeros((8, 8, 3), np.uint8)
    patch = Patch(found, PatchStatus.SWAPPED, square, to_patch=np.array([[1.0, 0, 0], [0, 1, 0]]))
    of = verdict([graph.frame(0, taps(image, image.copy(), [patch]))], RUN)
    assert of.gain == pytest.approx(0, abs=1e-6)
    assert of.to_bare == pytest.approx(1)
    assert of.margin == pytest.approx(of.bare_to_source - 1)
    assert (of.nearer, of.expression, of.changed_outside) == (0, None, 0)
    assert of.against_plain.mean < 3


def test_what_passes_before_a_face_is_painted_over_where_its_pixels_change():
    store = ModelStore()
    image = np.full((300, 300, 3), 90, np.uint8)
    mask = np.zeros((300, 300), bool)
    mask[100:140, 60:140] = True  # 60 columns of it before the face, whose box begins at 80
    truth = Truth(300, 300, ((person("demo"),),), np.packbits(mask, axis=1)[None])
    painted = image.copy()
    painted[100:120, 80:140] += 40
    nobody = Source(image, face(), np.zeros(1024, np.float32))
    note = Judge(nobody, truth, store).frame(0, taps(image, painted))
    assert (note.before_faces, note.painted_over) == (40 * 60, 20 * 60)
    assert verdict([note], RUN).painted_over == pytest.approx(50)
    assert judged(seen()).painted_over is None


def test_an_equal_figure_holds_its_bar():
    assert Figure("x", 100, "%", 100, at_most=False).verdict == "held"
    assert Figure("x", 0, "px", 0).verdict == "held"
    assert Figure("x", 99.9, "%", 100, at_most=False).verdict == "missed"


def node_table(*more):
    return NodeTable(spec_of(definition) for definition in (*nodes.DEFINITIONS, *more))


def test_taps_sit_before_and_behind_the_swap_and_before_the_sink():
    live = wires(load_graph(ROOT / "graphs" / "live_balanced.yaml", node_table()))
    assert live == {
        "raw": "camera", "faces": "known", "patches": "swapped", "composite": "composite", "shown": "guarded",
    }  # fmt: skip
    assert wires(load_graph(GRAPH, node_table()))["shown"] == "composite"


def test_a_graph_that_swaps_nothing_cannot_be_judged():
    graph = load_text("nodes: {a: {type: source}, b: {type: sink, in: a, raw: true}}", node_table())
    with pytest.raises(ConfigurationError, match="nothing to judge"):
        wires(graph)


def test_every_frame_is_handed_on_in_order(tmp_path):
    clip = make("cut", tmp_path, frames=14, scale=0.5)
    numbers = []
    run = run_tapped(GRAPH, str(clip.file), None, lambda taps, _info: numbers.append(taps.raw.seq))
    assert numbers == list(range(14))
    assert run.run.frames_presented == 14


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return make("two", tmp_path_factory.mktemp("two"), frames=16, scale=0.6)


def test_a_clip_is_judged_with_the_truth_beside_it_and_drawn(two, tmp_path):
    of = judge_clip(two.file, truth_of(two.file), drawn=tmp_path / "sheets" / "two.jpg")
    assert (of.frames, of.faces, of.found, of.switches, of.strangers) == (16, 32, 100, 0, 0)
    assert 1 < of.points.mean < 6
    assert of.gain > 0.1
    assert of.changed_outside == 0
    assert cv2.imread(str(tmp_path / "sheets" / "two.jpg")).shape[0] == 2 * 208
    assert json.loads(json.dumps(as_json({"two": of}, GRAPH, SOURCE)))["clips"]["two"]["margin"] == of.margin
    assert all(len(line) <= 80 for line in table({"a name that is long": of}))
    assert {figure.name for figure in figures(of)} >= {"faces found", "identity margin", "expression error"}


def test_the_command_prints_a_table_and_writes_json(two, tmp_path):
    out = tmp_path / "q.json"
    command = [sys.executable, str(ROOT / "dlc.py"), "bench", "quality", str(two.file), "--graph", "live_balanced",
               "-s", str(ROOT / "assets" / "source_c.jpg"), "--json", str(out)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].split()[:3] == ["clip", "found%", "swap%"]
    written = json.loads(out.read_text())
    assert (written["graph"], written["source"]) == ("live_balanced", "source_c")
    assert written["clips"][two.file.stem]["frames"] == 16


def test_a_truth_of_another_clip_is_refused(two, tmp_path):
    other = make("empty", tmp_path, frames=3, scale=0.5)
    with pytest.raises(ConfigurationError, match="has 3 frames, but its ground truth speaks of 16"):
        judge_clip(other.file, two.truth)


def test_one_truth_does_not_fit_two_clips(two):
    clips = [str(two.file)] * 2
    command = [sys.executable, str(ROOT / "dlc.py"), "bench", "quality", *clips, "--truth", "x.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--truth belongs to one clip" in done.stderr
