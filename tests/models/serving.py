"""A server of files on this machine, with the faults that servers and networks have."""

import contextlib
import ipaddress
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Route:
    """How a path is answered.

    Attributes:
        content: the file.
        cuts: after how many bytes each of the first answers breaks off.
        ranges: whether a part may be asked for.
        status, headers: of the answer; a status of 0 closes the connection without one.
        told: what Content-Length says, if not the truth.
        requests: the headers of what was asked.
    """

    content: bytes = b""
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    told: int | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    change: Callable[["Route"], None] | None = None


class Handler(BaseHTTPRequestHandler):
    routes: dict[str, Route]

    def do_GET(self):
        route = self.routes.get(self.path)
        if route is None:
            self.send_error(404)
            return
        route.requests.append(dict(self.headers))
        if route.status == 0:
            return
        start = self.start(route)
        if start and start >= len(route.content):
            self.send_error(416)
            return
        body = route.content[start:]
        self.send_response(206 if start else route.status)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(route.told or len(body))}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(route.content) - 1}/{len(route.content)}"
        for name, value in {**headers, **route.headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        cut = route.cuts.pop(0) if route.cuts else None
        with contextlib.suppress(OSError):
            self.wfile.write(body[:cut])
        self.close_connection = True
        if route.change:
            route.change(route)

    def start(self, route):
        asked = self.headers.get("Range", "")
        same = self.headers.get("If-Range") in (None, route.headers.get("ETag"))
        return int(asked.removeprefix("bytes=").rstrip("-")) if asked and route.ranges and same else 0

    def log_message(self, *_arguments):
        pass


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that hang up."""

    def handle_error(self, *_arguments):
        pass


def certified(folder):
    """Writes a key and a certificate for this machine that nobody vouches for; skips where nothing can make one."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1)).add_extension(here, critical=True)
    made = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(pem))
    return file


class Server:
    """Serves routes by path; `url` gives a path's address."""

    def __init__(self, certificate=None):
        self.routes = {}
        self._scheme = "https" if certificate else "http"
        handler = type("Bound", (Handler,), {"routes": self.routes})
        self._server = Quiet(("127.0.0.1", 0), handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), name="files")

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, path, content=b"", **how):
        self.routes[path] = Route(content, **how)
        return self.routes[path]

    def url(self, path):
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}{path}"
