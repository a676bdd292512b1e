"""What a setting takes is said in words that need no Python."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, PlainValidator

from runtime import Address, Count, FileOrName, Frame, InputFile, Millis, StateFile, Unit, node
from runtime.setting_schema import setting_schemas
from runtime.signature import spec_of
from runtime.words import value_text, words


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (bool, "true or false"),
        (bool | None, "true, false or null"),
        (int, "whole number"),
        (str, "text"),
        (Unit, "number, 0 to 1"),
        (Millis, "number, 0 or more"),
        (Count, "whole number, 1 or more"),
        (Annotated[float, Field(gt=0, lt=1.5)], "number, above 0, below 1.5"),
        (Annotated[int, Field(multiple_of=8, le=64)], "whole number, 64 or less, a multiple of 8"),
        (Annotated[str, Field(max_length=3)], "text, at most 3 characters"),
        (Annotated[str, Field(pattern="^a")], "text, like ^a"),
        (Literal["fast", "best"], "fast or best"),
        (Literal["only"], "only"),
        (Literal["fast", "best"] | None, "fast, best or null"),
        (Literal[128, 256, "x y"], '128, 256 or "x y"'),
        (Colour, "red or blue"),
        (InputFile, "file"),
        (InputFile | None, "file or null"),
        (Path, "file"),
        (Address, "word, address or file"),
        (list[InputFile], "list of: file"),
        (Annotated[list[int], Field(min_length=1)], "list of: whole number, at least 1 items"),
        (tuple[Unit, Unit], "list: number, 0 to 1; number, 0 to 1"),
        (dict[str, int], "mapping to: whole number"),
        (dict[str, InputFile], "mapping to: file"),
        (list[FileOrName], "list of: file or name"),
        (StateFile | None, "file or null"),
        (Any, "anything"),
        (Annotated[Any, PlainValidator(lambda value: value)], "anything"),
    ],
    ids=str,
)
def test_a_type_is_said_in_plain_words(hint, said):
    def tint(frame, *, setting): ...

    tint.__annotations__ = {"frame": Frame, "setting": hint, "return": Frame}
    schemas = setting_schemas(spec_of(node(tint)))
    assert words(schemas.fields["setting"], schemas.definitions) == said
    assert schemas.required == ("setting",)


@pytest.mark.parametrize(
    ("value", "text"),
    [("auto", "auto"), ("../a b.jpg", '"../a b.jpg"'), ("../a.jpg", "../a.jpg"), ("demo:", '"demo:"'), ("true", '"true"'),
     ("", '""'), ("10", '"10"'), (True, "true"), (None, "null"), (0.5, "0.5"), (250.0, "250"), ("Bär", "Bär"), ([1, "a"], '[1, "a"]')],
)  # fmt: skip
def test_a_value_is_written_as_graph_files_have_it(value, text):
    from runtime.document import parse_document

    assert value_text(value) == text
    assert parse_document(f"a: {{b: {text}}}").data == {"a": {"b": value}}
