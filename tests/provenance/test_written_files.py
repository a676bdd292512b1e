"""What the sinks write into their files is read back, and changes nothing else in them."""

from __future__ import annotations

import json
import shutil
import subprocess
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from nodes.label import Label
from nodes.sink import AnySink
from nodes.source import AnySource
from provenance.claim import COMPOSITE, EDITED_BY_MODEL, NEWSCODES, SWAPPED, claim_of, source_type
from provenance.report import report_on
from provenance.sidecar import Sidecar, sha256_of
from runtime.errors import ConfigurationError, RunError, StreamError
from runtime.facts import NodeFacts, RunFacts
from runtime.kinds import Frame
from runtime.node import Sink, StreamInfo, node
from runtime.survey import facts_of
from runtime.testing import GraphRun, make_context, numbered_pictures
from tests.context import stream_context
from tests.media import gradient, packets_of, pictures_of, times_of

VIDEOS = [".mp4", ".m4v", ".mov", ".mkv"]
PICTURES = [".jpg", ".png", ".webp", ".tif"]


@pytest.mark.parametrize("suffix", VIDEOS)
def test_a_video_says_that_faces_were_swapped_and_plays_as_without_it(tmp_path, clip, write, suffix):
    plain = write(clip, tmp_path / f"plain{suffix}", "provenance=none")
    said = write(clip, tmp_path / f"said{suffix}")
    report = report_on(said)
    assert (report.good, report.xmp.source_type, report.xmp.statement) == (True, COMPOSITE, SWAPPED)
    assert report.xmp.graph == "test"
    assert packets_of(said) == packets_of(plain)
    assert packets_of(said, "video") == packets_of(plain, "video")
    assert times_of(said) == times_of(plain) == times_of(clip) or suffix == ".mkv"
    video = cv2.VideoCapture(str(said))
    assert sum(1 for _ in iter(lambda: video.read()[0], False)) == 5


@pytest.mark.parametrize("suffix", PICTURES)
def test_a_picture_says_it_and_keeps_every_pixel(tmp_path, picture, write, suffix):
    plain = write(picture, tmp_path / f"plain{suffix}", "provenance=none")
    said = write(picture, tmp_path / f"said{suffix}")
    assert report_on(said).xmp.source_type == COMPOSITE
    np.testing.assert_array_equal(cv2.imread(str(said)), cv2.imread(str(plain)))
    with av.open(str(said)) as container:  # a second decoder
        assert next(container.decode(video=0)).width == 65


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="asks exiftool")
@pytest.mark.parametrize("suffix", [*VIDEOS[:3], *PICTURES])
def test_exiftool_reads_it(tmp_path, clip, picture, write, suffix):
    said = write(clip if suffix in VIDEOS else picture, tmp_path / f"said{suffix}")
    command = ["exiftool", "-json", "-XMP-iptcExt:DigitalSourceType", "-XMP-dc:Description", str(said)]
    (read,) = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert (read["DigitalSourceType"], read["Description"]) == (COMPOSITE, SWAPPED)


def test_ffmpeg_reads_the_tag_of_matroska(tmp_path, clip, write):
    with av.open(str(write(clip, tmp_path / "said.mkv"))) as container:
        assert f'DigitalSourceType="{COMPOSITE}"' in container.metadata["XMP"]


def test_a_graph_that_swaps_nobody_claims_no_swap(tmp_path, clip, write):
    report = report_on(write(clip, tmp_path / "label.mp4", middle="label"))
    assert report.xmp.statement == "This picture or video was altered with dlc."


def test_a_graph_that_changes_nothing_claims_nothing(tmp_path, clip, write):
    report = report_on(write(clip, tmp_path / "copy.mkv", "sidecar=true", middle="look"))
    assert not report.found
    assert not (tmp_path / "copy.mkv.dlc.json").exists()


def test_networks_that_look_make_no_pictures_and_others_do():
    assert source_type(("blazeface_short", "facemesh", "faceres")) == COMPOSITE
    assert source_type(("facemesh", "a_network_without_card")) == EDITED_BY_MODEL
    assert EDITED_BY_MODEL.removeprefix(NEWSCODES) == "compositeWithTrainedAlgorithmicMedia"


def test_leaving_it_out_is_said_aloud(tmp_path, picture, write, caplog):
    out = write(picture, tmp_path / "out.png", "provenance=none")
    assert "will not say how it was made (provenance: none)" in caplog.text
    assert not report_on(out).found


def test_a_file_that_holds_no_xmp_gets_a_sidecar_unasked(tmp_path, picture, write, caplog):
    out = write(picture, tmp_path / "out.bmp")
    assert "out.bmp.dlc.json beside it does" in caplog.text
    assert report_on(out).good


def test_the_sidecar_holds_graph_models_files_and_no_folder(tmp_path, clip, write):
    out = write(clip, tmp_path / "out.mp4", "sidecar=true")
    text = (tmp_path / "out.mp4.dlc.json").read_text()
    sidecar = Sidecar.model_validate_json(text)
    assert (sidecar.frames, sidecar.input_frames, sidecar.complete) == (5, 5, True)
    assert sidecar.outputs == {"out.mp4": sha256_of(out)}
    assert [(item.node, item.name, item.sha256) for item in sidecar.inputs] == [("a", "in.mp4", sha256_of(clip))]
    assert sidecar.graph.nodes["out"]["to"] == "out.mp4"
    assert str(tmp_path) not in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.mp4", "out.mp4", "out.mp4.dlc.json"]


def test_a_sink_that_never_opened_has_nothing_to_say(tmp_path, picture):
    """The other sink cannot be opened, so the first is closed before there is a run."""

    @node
    class Stuck(Sink):
        def open(self, info):
            raise StreamError("stuck")

        def write(self, frame: Frame): ...

    text = "mode: file\nnodes: {a: {type: source}, b: {type: sink, in: a, sidecar: true}, c: {type: stuck, in: a}}"
    with pytest.raises(RunError, match="stuck"):
        GraphRun(text, [AnySource, AnySink, Stuck], overrides=[f"a.uri={picture}", f"b.to={tmp_path / 'b.png'}"])
    assert list(tmp_path.iterdir()) == [picture]


def test_a_file_may_be_renamed_together_with_its_sidecar(tmp_path, picture, write):
    out = write(picture, tmp_path / "out.png", "sidecar=true")
    (tmp_path / "out.png.dlc.json").rename(tmp_path / "new.png.dlc.json")
    assert report_on(out.rename(tmp_path / "new.png")).good


def test_a_graph_may_be_called_anything(tmp_path, picture, write):
    out = write(picture, tmp_path / "out.png", name="<&\\e'ü")
    assert report_on(out).xmp.graph == "<&'ü"


def test_a_series_has_one_sidecar_that_each_of_its_pictures_finds(tmp_path, clip, write):
    write(clip, tmp_path / "out_%02d.jpg", "sidecar=true")
    assert (tmp_path / "out_%02d.jpg.dlc.json").exists()
    assert all(report_on(tmp_path / f"out_{number:02d}.jpg").sidecar for number in range(1, 6))


def test_the_sidecar_notices_a_changed_file_and_a_changed_graph(tmp_path, picture, write):
    out = write(picture, tmp_path / "out.png", "sidecar=true")
    beside = tmp_path / "out.png.dlc.json"
    beside.write_text(beside.read_text().replace('"crf": 18', '"crf": 19'))
    assert any("its graph does not fit" in problem for problem in report_on(out).problems)
    out.write_bytes(out.read_bytes() + b"\0")
    assert any("its SHA-256 differs" in problem for problem in report_on(out).problems)
    beside.write_text("{")
    assert any("cannot be read" in problem for problem in report_on(out).problems)


def test_a_live_setting_that_changed_is_in_the_next_claim():
    """The digest is that of the graph as it ran, not as it was loaded."""
    graph = "mode: file\nnodes: {a: {type: listed}, l: {type: label, in: a}, c: {type: collect, in: l}}"
    with GraphRun(graph, [Label], numbered_pictures(1)) as run:
        before = claim_of(facts_of(run.engine))
        run.engine.controls.set("l", "language", "de")
        after = claim_of(facts_of(run.engine))
        run.wait()
    assert before.digest != after.digest


@pytest.mark.parametrize(("to", "message"), [("out.mkv", "has no place in .mkv"), ("out.bmp", "has no place in .bmp")])
def test_c2pa_is_refused_at_once_where_it_has_no_place(tmp_path, to, message):
    with pytest.raises(ConfigurationError, match=message):
        AnySink(make_context(), to=str(tmp_path / to), provenance="c2pa")


def test_a_run_that_was_broken_off_leaves_a_file_that_says_it(tmp_path):
    swap = NodeFacts("s", "swap", "node", gives=("Patches",))
    sink = AnySink(
        stream_context(facts=lambda: RunFacts("broken", "file", (swap,))), to=str(tmp_path / "out.mp4"), sidecar=True
    )
    sink.open(StreamInfo(64, 48, frame_count=9))
    for number in range(4):
        sink.write(Frame(gradient(64, 48, number), pts=Fraction(number, 25)))
    sink.close(ok=False)
    report = report_on(tmp_path / "out.partial.mp4")
    assert report.good, report.problems
    assert (report.xmp.source_type, report.xmp.graph) == (COMPOSITE, "broken")
    assert (report.sidecar.complete, report.sidecar.frames, report.sidecar.input_frames) == (False, 4, 9)
    assert len(pictures_of(tmp_path / "out.partial.mp4")) == 4
    assert not (tmp_path / "out.mp4.dlc.json").exists()
