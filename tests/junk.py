"""Texts that may stand in a file in which JSON of some layout was."""

JUNK = ("", "{", "{}", "[]", "null", "3", "[" * 100_000, "\0\0", '{"a": 1' + "0" * 5000 + "}", "<html>")
"""None of them holds anything."""
