"""Gets a model's file from where its card says: mirrors in order, resumed where it broke off, checked, or refused.

TLS is verified and proxies of the environment are used (the standard library does both). Nothing here decides where
a file ends up: what was got and checked is handed to `models/store.py`.
"""

from __future__ import annotations

import os
import shutil
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urldefrag, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener
from zipfile import BadZipFile

from models.cards import UNKNOWN, ModelFile
from models.contract import LARGEST, sha256_of
from models.zips import opened
from runtime.errors import ModelError
from runtime.version import VERSION

TIMEOUT_S = 30
_CHUNK = 1 << 18
_PATIENCE = 2
"""How often in a row a mirror may break off without having brought anything."""

Progress = Callable[[int, int | None], None]
"""Is told the bytes that are here, and of how many; None where nobody knows."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was got and checked, not yet in its place."""

    path: Path
    bytes: int
    sha256: str
    origin: str


class _RefusedError(Exception):
    """A mirror does not give the file; says why."""


class _Redirects(HTTPRedirectHandler):
    """Follows a mirror elsewhere, but never from TLS to where there is none."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise _RefusedError(f"leads from https to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(
    file: ModelFile, folder: Path, progress: Progress = lambda _have, _total: None, *, keep_pack: bool = False
) -> Fetched:
    """Gets a file into a folder, under a name that begins with a dot; raises `ModelError` with what each mirror did.

    A file whose SHA-256 is known goes on where an earlier call broke off; any other begins anew, because nothing could
    tell a file that was put together from two. With `keep_pack`, a pack that the file came out of stays under a name
    that ends in `.pack`, for further files of it; whoever wants no more of them deletes it.
    """
    opener = build_opener(_Redirects, HTTPSHandler(context=ssl.create_default_context()))
    refusals = []
    for url in file.urls:
        mirror = _Mirror(url, file, folder, progress, opener)
        try:
            fetched = mirror.fetch()
        except _RefusedError as error:
            refusals.append(f"\n  {url}: {error}")
            continue
        if not keep_pack:
            mirror.drop_pack()
        return fetched
    kept = (folder / f".{file.name}.partial").exists()
    hint = "\nwhat came of it is kept, and the next call goes on from there" if kept else ""
    raise ModelError(f"{file.name} cannot be had:{''.join(refusals)}{hint}")


class _Mirror:
    """One place that should have the file, or a pack with the file in it."""

    def __init__(self, url: str, file: ModelFile, folder: Path, progress: Progress, opener: OpenerDirector) -> None:
        self._url, self._member = urldefrag(url)
        self._file = file
        self._progress = progress
        self._opener = opener
        self._known = file.sha256 != UNKNOWN
        self._bytes = None if self._member else file.bytes
        mine = "" if self._known else f".{os.getpid()}"
        self._partial = folder / f".{file.name}{mine}.partial"
        name = Path(urlsplit(self._url).path).name
        self._got = folder / f".{name}.partial" if self._member else self._partial
        self._pack = folder / f".{name}.pack" if self._member else None

    def fetch(self) -> Fetched:
        """Returns the file, checked; raises `_RefusedError`."""
        resumed = self._is_begun()
        try:
            if self._pack is None:
                self._download()
            else:
                self._unpack(self._pack)
            return self._checked()
        except _RefusedError:
            self.drop_pack()
            if resumed and not self._is_begun():  # what was there before may have been at fault
                return self.fetch()
            if not self._known:  # nothing could tell whether what is here goes together with what comes later
                self._got.unlink(missing_ok=True)
            raise

    def drop_pack(self) -> None:
        """Deletes the pack that the file came out of."""
        if self._pack is not None:
            self._pack.unlink(missing_ok=True)

    def _is_begun(self) -> bool:
        return self._got.exists() or (self._pack is not None and self._pack.exists())

    def _download(self) -> None:
        stuck, tag = 0, ""
        while not self._whole():
            before = _size(self._got)
            done, tag = self._attempt(before, tag)
            if done:
                return
            stuck = 0 if _size(self._got) > before else stuck + 1
            if stuck == _PATIENCE:
                raise _RefusedError(f"breaks off after {_size(self._got)} bytes")

    def _whole(self) -> bool:
        if self._bytes and _size(self._got) > self._bytes:
            self._got.unlink()
        return bool(self._bytes) and _size(self._got) == self._bytes

    def _attempt(self, have: int, tag: str) -> tuple[bool, str]:
        """Asks once, for what is not here; returns whether that was all, and what names this version of the file."""
        ranged = {"Range": f"bytes={have}-", **({"If-Range": tag} if tag else {})} if have else {}
        answer = self._open({"User-Agent": f"dlc/{VERSION}", "Accept-Encoding": "identity", **ranged})
        if answer is None:
            self._got.unlink()
            return False, ""
        with answer:
            start = have if answer.status == 206 and _first_byte(answer) == have else 0
            length = answer.headers.get("Content-Length")
            total = start + int(length) if length and length.isdecimal() else None
            self._check_offer(answer, total)
            self._check_room(start, total)
            self._write(answer, start, total)
            etag = answer.headers.get("ETag", "")
        return (total or self._bytes) in (None, _size(self._got)), "" if etag.startswith("W/") else etag

    def _open(self, headers: dict[str, str]) -> HTTPResponse | None:
        """Returns the answer, or None where the rest that was asked for does not exist."""
        try:
            answer: HTTPResponse = self._opener.open(Request(self._url, headers=headers), timeout=TIMEOUT_S)  # noqa: S310
        except HTTPError as error:
            if error.code == 416 and "Range" in headers:
                return None
            raise _RefusedError(f"{error.code} {error.reason}") from error
        except (URLError, OSError, HTTPException) as error:
            raise _RefusedError(_why(error)) from error
        return answer

    def _check_offer(self, answer: HTTPResponse, total: int | None) -> None:
        if answer.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
            raise _RefusedError("answers with a web page")
        if total and self._bytes and total != self._bytes:
            raise _RefusedError(f"has {total} bytes, the card says {self._bytes}")
        if total and total > LARGEST:
            raise _RefusedError(f"has {total} bytes, more than an ONNX file can have")

    def _check_room(self, start: int, total: int | None) -> None:
        needed = (total or self._bytes or 0) - start
        free = shutil.disk_usage(self._got.parent).free
        if needed > free:
            raise ModelError(f"{self._got.parent}: {needed} bytes are to come, and {free} are free; make room")

    def _write(self, answer: HTTPResponse, start: int, total: int | None) -> None:
        have, chunk = start, _read(answer)
        if not start and _is_text(chunk):
            raise _RefusedError("answers with a text, not with a model")
        with self._got.open("r+b" if start else "wb") as stream:
            stream.truncate(start)
            stream.seek(start)
            while chunk:
                have += len(chunk)
                if have > (self._bytes or LARGEST):
                    raise _RefusedError(f"sends more than {self._bytes or LARGEST} bytes")
                stream.write(chunk)
                self._progress(have, total or self._bytes)
                chunk = _read(answer)

    def _unpack(self, whole: Path) -> None:
        """Takes the one file out of the pack; its size and SHA-256 are judged like those of any other."""
        if not whole.exists():
            self._download()
            self._got.replace(whole)
        try:
            with opened(whole) as pack:
                found = [info for info in pack.infolist() if Path(info.filename).name == self._member]
                if len(found) != 1 or found[0].file_size > (self._file.bytes or LARGEST):
                    raise _RefusedError(f"has no {self._member} such as the card says")
                with pack.open(found[0]) as packed, self._partial.open("wb") as stream:
                    shutil.copyfileobj(packed, stream)
        except BadZipFile as error:
            raise _RefusedError(f"is no pack that can be opened: {error}") from error

    def _checked(self) -> Fetched:
        size, sha256 = _size(self._partial), sha256_of(self._partial)
        wrong = ""
        if self._file.bytes and size != self._file.bytes:
            wrong = f"gave {size} bytes, the card says {self._file.bytes}"
        elif self._known and sha256 != self._file.sha256:
            wrong = f"gave a file with the SHA-256 {sha256[:12]}..., the card says {self._file.sha256[:12]}..."
        if wrong:
            self._partial.unlink()
            raise _RefusedError(wrong)
        return Fetched(self._partial, size, sha256, self._url)


def _read(answer: HTTPResponse) -> bytes:
    """Returns the next bytes, none at the end or where the connection breaks: who asked compares the lengths."""
    try:
        return answer.read(_CHUNK)
    except (OSError, HTTPException):
        return b""


def _is_text(chunk: bytes) -> bool:
    """Whether a file opens like a page, a message or a pointer to a file that is kept elsewhere (Git LFS)."""
    return chunk.lstrip()[:1] in (b"<", b"{") or chunk.startswith(b"version https://")


def _first_byte(answer: HTTPResponse) -> int | None:
    begins = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(begins) if begins.isdecimal() else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _why(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate does not verify ({reason.verify_message}); SSL_CERT_FILE may name further authorities"
    return str(reason) or type(reason).__name__
