"""C2PA manifests: signed with a key of the user's own, read back, and found out when anything was changed."""

from __future__ import annotations

import sys

import cv2
import pytest

pytest.importorskip("c2pa", reason="the extra `provenance` is not installed")

from datetime import UTC, datetime, timedelta

from nodes.sink import AnySink
from provenance.claim import COMPOSITE, SWAPPED
from provenance.credentials import HOW_TO_INSTALL
from provenance.keys import identity_file, own_identity
from provenance.report import lines_of, report_on
from runtime.errors import ConfigurationError
from runtime.facts import NodeFacts, RunFacts
from runtime.kinds import Frame
from runtime.node import StreamInfo
from runtime.testing import make_context
from tests.context import stream_context
from tests.media import gradient, packets_of, times_of


@pytest.mark.parametrize("suffix", [".mp4", ".m4v", ".mov"])
def test_a_signed_video_verifies_and_plays_as_without(tmp_path, clip, write, keys, suffix):
    plain = write(clip, tmp_path / f"plain{suffix}", "provenance=none")
    signed = write(clip, tmp_path / f"signed{suffix}", "provenance=c2pa")
    report = report_on(signed)
    assert report.good, report.problems
    assert (report.c2pa.holds, report.c2pa.own_key, report.c2pa.source_types) == (True, True, (COMPOSITE,))
    assert report.c2pa.ingredients == ("in.mp4",)
    assert report.c2pa.actions[0] == "c2pa.opened"
    assert SWAPPED in report.c2pa.actions[1]
    assert report.xmp.source_type == COMPOSITE
    assert packets_of(signed) == packets_of(plain)
    assert packets_of(signed, "video") == packets_of(plain, "video")
    assert times_of(signed) == times_of(clip)
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_a_signed_picture_verifies_and_keeps_every_pixel(tmp_path, picture, write, keys, suffix):
    plain = write(picture, tmp_path / f"plain{suffix}", "provenance=none")
    signed = write(picture, tmp_path / f"signed{suffix}", "provenance=c2pa")
    assert report_on(signed).good
    assert report_on(signed).c2pa.own_key
    assert (cv2.imread(str(signed)) == cv2.imread(str(plain))).all()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_changed_picture_no_longer_verifies(tmp_path, picture, write, keys, suffix):
    signed = write(picture, tmp_path / f"signed{suffix}", "provenance=c2pa")
    data = bytearray(signed.read_bytes())
    middle = data.find(COMPOSITE.encode())
    data[middle] ^= 1  # the XMP is signed with the rest
    signed.write_bytes(data)
    report = report_on(signed)
    assert report.c2pa.holds is False
    assert any("one of them was changed" in problem for problem in report.problems)


def test_a_changed_video_no_longer_verifies(tmp_path, clip, write, keys):
    signed = write(clip, tmp_path / "signed.mp4", "provenance=c2pa")
    data = bytearray(signed.read_bytes())
    data[data.find(b"mdat") + 400] ^= 1
    signed.write_bytes(data)
    assert report_on(signed).c2pa.failures == ("assertion.bmffHash.mismatch",)


def test_a_file_signed_by_somebody_else_is_told_from_our_own(tmp_path, picture, write, keys):
    signed = write(picture, tmp_path / "signed.png", "provenance=c2pa")
    identity_file().unlink()
    stranger = report_on(signed)
    assert (stranger.c2pa.holds, stranger.c2pa.own_key, stranger.good) == (True, False, True)
    assert "is not vouched for" in "\n".join(lines_of(stranger))
    own_identity(identity_file())
    assert report_on(signed).c2pa.own_key is False


def test_the_key_is_private_and_made_once(keys):
    first = own_identity(identity_file())
    assert own_identity(identity_file()) == first
    assert identity_file().stat().st_mode & 0o077 == 0
    assert timedelta(days=365 * 9) < first.expires - datetime.now(UTC) < timedelta(days=365 * 11)
    assert keys in identity_file().parents


def test_a_recording_has_no_target_and_says_created(tmp_path, keys):
    swap = NodeFacts("s", "swap", "node", gives=("Patches",))
    sink = AnySink(
        stream_context(facts=lambda: RunFacts("live", "live", (swap,))), to=str(tmp_path / "out.png"), provenance="c2pa"
    )
    sink.open(StreamInfo(64, 48, frame_count=1))
    sink.write(Frame(gradient(64, 48)))
    sink.close(ok=True)
    report = report_on(tmp_path / "out.png")
    assert report.good, report.problems
    assert [action.partition(":")[0] for action in report.c2pa.actions] == ["c2pa.created"]


def test_without_the_extra_it_is_told_what_to_install(tmp_path, picture, write, keys, monkeypatch):
    signed = write(picture, tmp_path / "signed.png", "provenance=c2pa")
    monkeypatch.setitem(sys.modules, "c2pa", None)
    report = report_on(signed)
    assert report.xmp.source_type == COMPOSITE
    assert report.problems == [f"there is a C2PA manifest, which cannot be checked: {HOW_TO_INSTALL}"]
    with pytest.raises(ConfigurationError, match="provenance: c2pa needs an extra: pip install"):
        AnySink(make_context(), to=str(tmp_path / "out.mp4"), provenance="c2pa")


def test_a_key_that_cannot_be_used_is_told_before_any_work(tmp_path, keys):
    identity_file().parent.mkdir(parents=True)
    identity_file().write_text("no key")
    with pytest.raises(ConfigurationError, match="the key cannot be used"):
        AnySink(make_context(), to=str(tmp_path / "out.mp4"), provenance="c2pa")


def test_a_manifest_that_was_cut_off_is_no_manifest(tmp_path, picture, write, keys):
    signed = write(picture, tmp_path / "signed.jpg", "provenance=c2pa")
    data = signed.read_bytes()
    for share in (0.1, 0.3, 0.6, 0.95):
        signed.write_bytes(data[: int(len(data) * share)])
        report = report_on(signed)
        assert not (report.c2pa and report.c2pa.holds)
