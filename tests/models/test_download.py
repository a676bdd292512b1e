import hashlib
import io
import zipfile

import pytest

from models.cards import ModelFile
from models.download import fetch
from runtime.errors import ModelError
from tests.models.serving import Server, certified

CONTENT = bytes(range(8, 256)) * 4000  # opens like a protobuf message, and takes four reads
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server() as server:
        yield server


def wanted(*urls, sha256=SHA256):
    return ModelFile(name="net.onnx", bytes=len(CONTENT), sha256=sha256, urls=urls)


def refused(file, folder):
    with pytest.raises(ModelError) as caught:
        fetch(file, folder)
    return str(caught.value)


def test_a_file_comes_whole_and_progress_is_told(server, tmp_path):
    server.serve("/net", CONTENT)
    told = []
    got = fetch(wanted(server.url("/net")), tmp_path, lambda have, total: told.append((have, total)))
    assert (got.bytes, got.sha256, got.origin) == (len(CONTENT), SHA256, server.url("/net"))
    assert got.path.read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == [".net.onnx.partial"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) > 1


@pytest.mark.parametrize("sha256", [SHA256, "unknown"])
def test_a_cut_connection_is_taken_up_where_it_broke(server, tmp_path, sha256):
    route = server.serve("/net", CONTENT, cuts=[300_000, 100_000], headers={"ETag": '"one"'})
    got = fetch(wanted(server.url("/net"), sha256=sha256), tmp_path)
    assert got.path.read_bytes() == CONTENT
    assert [request.get("Range") for request in route.requests] == [None, "bytes=300000-", "bytes=400000-"]
    assert route.requests[1]["If-Range"] == '"one"'


def test_a_file_that_changed_in_between_is_begun_anew(server, tmp_path):
    def change(route):
        route.content, route.headers, route.change = CONTENT, {"ETag": '"two"'}, None

    old = b"\x08" + bytes(len(CONTENT) - 1)
    server.serve("/net", old, cuts=[300_000], headers={"ETag": '"one"'}, change=change)
    got = fetch(wanted(server.url("/net"), sha256="unknown"), tmp_path)
    assert got.path.read_bytes() == CONTENT


def test_a_later_call_goes_on_and_need_not_ask_the_same_mirror(server, tmp_path):
    server.serve("/a", CONTENT, cuts=[300_000, 0, 0])
    said = refused(wanted(server.url("/a")), tmp_path)
    assert said.endswith(
        "/a: breaks off after 300000 bytes\nwhat came of it is kept, and the next call goes on from there"
    )
    route = server.serve("/b", CONTENT)
    got = fetch(wanted(server.url("/b")), tmp_path)
    assert got.path.read_bytes() == CONTENT
    assert route.requests[0]["Range"] == "bytes=300000-"


def test_what_is_whole_already_is_asked_for_nowhere(server, tmp_path):
    (tmp_path / ".net.onnx.partial").write_bytes(CONTENT)
    assert fetch(wanted(server.url("/none")), tmp_path).sha256 == SHA256


@pytest.mark.parametrize("left", [b"\x08" * 1000, b"\x08" * (len(CONTENT) + 1), b"\x08" * len(CONTENT)])
def test_a_wrong_beginning_is_thrown_away_and_the_file_got_again(server, tmp_path, left):
    (tmp_path / ".net.onnx.partial").write_bytes(left)
    server.serve("/net", CONTENT)
    assert fetch(wanted(server.url("/net")), tmp_path).path.read_bytes() == CONTENT


def test_a_server_that_gives_no_parts_is_asked_for_all(server, tmp_path):
    server.serve("/net", CONTENT, cuts=[300_000], ranges=False)
    assert fetch(wanted(server.url("/net")), tmp_path).path.read_bytes() == CONTENT


def test_mirrors_are_tried_in_order(server, tmp_path):
    server.serve("/moved", status=302, headers={"Location": server.url("/there")})
    server.serve("/there", CONTENT)
    got = fetch(wanted(server.url("/gone"), server.url("/moved"), server.url("/there")), tmp_path)
    assert got.origin == server.url("/moved")
    assert got.path.read_bytes() == CONTENT


def test_when_no_mirror_has_it_each_is_told_with_its_reason(server, tmp_path):
    other = bytes([9]) + CONTENT[1:]
    server.serve("/page", b"<html>Please log in</html>", headers={"Content-Type": "text/html; charset=utf-8"})
    server.serve("/text", b'{"error": "quota"}', headers={"Content-Length": ""})
    server.serve("/lfs", b"version https://git-lfs.github.com/spec/v1\n", headers={"Content-Length": ""})
    server.serve("/short", CONTENT[:-1])
    server.serve("/other", other)
    server.serve("/rude", status=0)
    paths = ("/page", "/text", "/lfs", "/short", "/other", "/rude", "/gone")
    said = refused(wanted(*map(server.url, paths)), tmp_path)
    assert said.replace(server.url(""), "") == (
        "net.onnx cannot be had:\n"
        "  /page: answers with a web page\n"
        "  /text: answers with a text, not with a model\n"
        "  /lfs: answers with a text, not with a model\n"
        f"  /short: has {len(CONTENT) - 1} bytes, the card says {len(CONTENT)}\n"
        f"  /other: gave a file with the SHA-256 {hashlib.sha256(other).hexdigest()[:12]}..., "
        f"the card says {SHA256[:12]}...\n"
        "  /rude: Remote end closed connection without response\n"
        "  /gone: 404 Not Found"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_no_length_may_not_send_for_ever(server, tmp_path):
    server.serve("/net", CONTENT + b"more", headers={"Content-Length": ""})
    assert f"sends more than {len(CONTENT)} bytes" in refused(wanted(server.url("/net")), tmp_path)


def test_a_server_that_is_not_there_is_told(tmp_path):
    with Server() as gone:
        url = gone.url("/net")
    assert "Connection refused" in refused(wanted(url), tmp_path)


def test_a_certificate_is_verified_and_tls_is_not_left(tmp_path, monkeypatch):
    certificate = certified(tmp_path)
    (tmp_path / "store").mkdir()
    with Server(certificate) as safe, Server() as plain:
        safe.serve("/net", CONTENT)
        said = refused(wanted(safe.url("/net")), tmp_path / "store")
        assert "its certificate does not verify" in said
        assert "SSL_CERT_FILE may name further authorities" in said
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        safe.serve("/moved", status=302, headers={"Location": plain.url("/net")})
        plain.serve("/net", CONTENT)
        assert "leads from https to http://127.0.0.1" in refused(wanted(safe.url("/moved")), tmp_path / "store")
        assert fetch(wanted(safe.url("/net")), tmp_path / "store").sha256 == SHA256


def test_a_file_comes_out_of_a_pack(server, tmp_path):
    server.serve("/pack.zip", packed({"pack/net.onnx": CONTENT, "pack/other.onnx": b"other"}), cuts=[2000])
    got = fetch(wanted(server.url("/pack.zip#net.onnx")), tmp_path)
    assert got.path.read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == [".net.onnx.partial"]


def test_a_pack_that_is_kept_is_asked_for_once(server, tmp_path):
    route = server.serve("/pack.zip", packed({"pack/net.onnx": CONTENT, "pack/other.onnx": b"other"}))
    url = server.url("/pack.zip#net.onnx")
    assert fetch(wanted(url), tmp_path, keep_pack=True).sha256 == SHA256
    assert (tmp_path / ".pack.zip.pack").is_file()
    fetch(wanted(url), tmp_path, keep_pack=True)
    assert len(route.requests) == 1
    (tmp_path / ".pack.zip.pack").write_bytes(b"damaged")
    assert fetch(wanted(url), tmp_path).sha256 == SHA256
    assert [path.name for path in tmp_path.iterdir()] == [".net.onnx.partial"]


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (b"\x08" * 1000, "is no pack that can be opened"),
        ({"other.onnx": CONTENT}, "has no net.onnx such as the card says"),
        ({"net.onnx": CONTENT + bytes(1 << 20)}, "has no net.onnx such as the card says"),
        ({"net.onnx": bytes(len(CONTENT))}, "gave a file with the SHA-256"),
    ],
)
def test_a_pack_is_not_trusted_either(server, tmp_path, pack, reason):
    server.serve("/pack.zip", packed(pack) if isinstance(pack, dict) else pack)
    assert reason in refused(wanted(server.url("/pack.zip#net.onnx")), tmp_path)
    assert list(tmp_path.iterdir()) == []


def packed(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            pack.writestr(name, content)
    return stream.getvalue()
