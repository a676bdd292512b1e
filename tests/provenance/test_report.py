"""`dlc.py provenance`: files of other programs, files cut short, and files that are something else."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import pytest

from provenance.carriers import CARRIERS, carrier_for, carrier_of
from provenance.report import lines_of, report_on
from provenance.xmp import Xmp, padded, read_packet
from tests.media import DEMO, Clip, gradient, make_clip

ROOT = Path(__file__).parents[2]
CAMERA = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
SUFFIXES = [".mp4", ".mov", ".mkv", ".jpg", ".png", ".webp", ".tif"]


def packet(inner):
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">{inner}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>""".encode()


def dlc(*arguments):
    command = [sys.executable, str(ROOT / "dlc.py"), "provenance", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(params=SUFFIXES)
def written(request, tmp_path, write):
    """A whole file with XMP, of each kind."""
    if carrier_for(Path("x" + request.param)).name.endswith("video"):
        origin = make_clip(tmp_path / "in.mp4", Clip())
    else:
        origin = tmp_path / "in.bmp"
        cv2.imwrite(str(origin), gradient(64, 48))
    return write(origin, tmp_path / f"out{request.param}")


def test_a_file_cut_short_anywhere_is_told_without_a_crash(written):
    data = written.read_bytes()
    for end in {*range(0, min(len(data), 600), 7), *(len(data) * share // 40 for share in range(41))}:
        written.write_bytes(data[:end])
        report = report_on(written)
        assert report.good == (report.xmp is not None and bool(report.xmp.source_type) and not report.problems)
        assert lines_of(report)


def test_damaged_bytes_are_told_without_a_crash(written):
    data = written.read_bytes()
    for place in range(0, min(len(data), 3000), 37):
        written.write_bytes(data[:place] + b"\xff\xff\xff\xff" + data[place + 4 :])
        assert lines_of(report_on(written))


@pytest.mark.parametrize(
    "inner",
    [
        f"<e:DigitalSourceType>{CAMERA}</e:DigitalSourceType>",
        f'<e:DigitalSourceType xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:resource="{CAMERA}"/>',
    ],
)
def test_xmp_of_other_programs_is_read_in_every_form_that_rdf_allows(inner):
    assert read_packet(packet(inner)).source_type == CAMERA


def test_a_camera_that_says_so_is_repeated_in_plain_words(tmp_path):
    file = tmp_path / "camera.jpg"
    cv2.imwrite(str(file), gradient(64, 48))
    carrier_of(file).embed(file, packet(f"<e:DigitalSourceType>{CAMERA}</e:DigitalSourceType>"))
    done = dlc(file)
    assert done.returncode == 0
    assert "captured from life by a digital camera (digitalCapture)" in done.stdout
    assert "nothing proves it" in done.stdout


def test_xmp_that_says_nothing_of_it_counts_for_nothing(tmp_path):
    file = tmp_path / "edited.png"
    cv2.imwrite(str(file), gradient(64, 48))
    carrier_of(file).embed(file, packet("<xmp:CreatorTool>Some editor</xmp:CreatorTool>"))
    done = dlc(file)
    assert done.returncode == 1
    assert "XMP (made by Some editor): says nothing about how the picture came to be" in done.stdout


def test_xmp_in_the_movie_box_is_read(tmp_path):
    """Where QuickTime programs put it; what exiftool writes into .mov files."""
    file = make_clip(tmp_path / "in.mov", Clip())
    text = packet(f"<e:DigitalSourceType>{CAMERA}</e:DigitalSourceType>")
    box = struct.pack(">I4s", len(text) + 8, b"XMP_") + text
    box = struct.pack(">I4s", len(box) + 8, b"udta") + box
    data = file.read_bytes()
    moov = data.rfind(b"moov") - 4
    old = data[moov:].replace(b"udta", b"free")
    grown = struct.pack(">I", len(old) + len(box)) + old[4:] + box
    file.write_bytes(data[:moov] + grown)
    assert report_on(file).xmp.source_type == CAMERA


def test_a_photo_in_a_container_of_the_same_family_is_no_video(tmp_path):
    file = tmp_path / "photo.heic"
    file.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 40)
    assert report_on(file).kind == "file of another kind"


def test_compressed_xmp_of_png_is_read(tmp_path):
    file = tmp_path / "packed.png"
    cv2.imwrite(str(file), gradient(64, 48))
    text = packet(f"<e:DigitalSourceType>{CAMERA}</e:DigitalSourceType>")
    body = b"iTXtXML:com.adobe.xmp\0\1\0en\0\0" + zlib.compress(text)
    data = file.read_bytes()
    file.write_bytes(
        data[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]
    )
    assert report_on(file).xmp.source_type == CAMERA


@pytest.mark.parametrize("text", [b"", b"<", b"<a", b"no xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_what_is_no_xmp_is_a_value_error(text):
    with pytest.raises(ValueError, match=r".+"):
        read_packet(text)


def test_an_empty_description_says_nothing():
    assert read_packet(packet("")) == Xmp()


def test_padding_is_part_of_a_packet_and_changes_nothing_in_it():
    text = packet("<xmp:CreatorTool>x</xmp:CreatorTool>").replace(b'end="r"', b'end="w"')
    assert len(padded(text, 5000)) == 5000
    assert read_packet(padded(text, 5000)) == read_packet(text)
    with pytest.raises(ValueError, match="do not fit"):
        padded(text, 100)


def test_every_kind_is_known_by_its_first_bytes_whatever_its_name(written, tmp_path):
    other = written.rename(tmp_path / "renamed.bin")
    assert carrier_of(other) in CARRIERS
    assert report_on(other).xmp.source_type


def test_text_for_people_fits_80_columns_and_steers_no_terminal(written):
    beside = written.with_name(written.name + ".dlc.json")
    beside.write_text('{"\x1b[2J": 1}')
    text = "\n".join(lines_of(report_on(written)))
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        (DEMO, 1, "It does not say how it was made"),
        (ROOT / "README.md", 1, "README.md: file of another kind"),
        ("no/such/file.mp4", 2, "no/such/file.mp4: cannot be read: No such file or directory"),
        (ROOT, 2, "Is a directory"),
    ],
)
def test_what_carries_nothing_is_told_with_an_exit_code(name, code, message):
    done = dlc(name)
    assert done.returncode == code
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_json_for_programs(tmp_path, write):
    out = write(make_clip(tmp_path / "in.mp4", Clip()), tmp_path / "out.mp4", "sidecar=true")
    done = dlc(out, "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["found"], told["holds"], told["kind"]) == (0, True, True, "MP4 video")
    assert told["xmp"]["source_type"].endswith("/composite")
    assert told["sidecar"]["frames"] == 10
    assert told["c2pa"] is None
