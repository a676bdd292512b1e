"""ZIP files from outside: whatever a damaged one makes the standard library raise is one error."""

from __future__ import annotations

import errno
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

_DAMAGE = (None, errno.EINVAL)
"""Error numbers that come from what is in the file, such as a place before its beginning; others are the disk's."""


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """Opens a ZIP file for what is read of it within.

    Raises:
        BadZipFile: it is damaged, encrypted, or packed in a way that Python does not know.
        OSError: of the disk.
    """
    try:
        with ZipFile(path) as archive:
            yield archive
    except OSError as error:
        if error.errno not in _DAMAGE:
            raise
        raise BadZipFile(str(error)) from error
    except (zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError) as error:
        raise BadZipFile(str(error) or "it ends too early") from error
