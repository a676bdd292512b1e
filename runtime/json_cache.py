"""What can be made again, by key in a JSON file."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from runtime.whole_file import write_whole


class JsonCache:
    """Entries of a file: what cannot be read counts as empty, and what cannot be written is known to this process only.

    The file is read once. Entries that other processes have added since stay in it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries = self._read()

    def get(self, key: str) -> Any:
        """Returns the entry of a key, as JSON has it, or None."""
        return self._entries.get(key)

    def put(self, key: str, entry: Any) -> None:
        """Keeps an entry that `json.dumps` takes, in place of an earlier one."""
        self._entries = {**self._entries, **self._read(), key: entry}
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._file, json.dumps(self._entries))

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return entries if isinstance(entries, dict) else {}
