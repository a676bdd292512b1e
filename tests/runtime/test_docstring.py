"""A docstring is taken apart into what its author wrote where."""

from textwrap import indent

import pytest

from runtime.docstring import read_docstring

DOC = """Mirrors the picture. It does so at once.

    Only every other frame, and what is
    left stays:
    - this,
      and more
    - that.

        nodes:
          a: {type: mirror}

          b: {type: mirror}

    Settings:
        mix: 0 leaves it,
            1: mirrors it.
        width, height: of the picture.

    Raises:
        ValueError: never.
    """


def test_the_summary_is_the_first_sentence():
    assert read_docstring(DOC).summary == "Mirrors the picture."


def test_prose_is_joined_into_paragraphs_but_lists_keep_their_points():
    assert read_docstring(DOC).paragraphs == (
        "Mirrors the picture. It does so at once.",
        "Only every other frame, and what is left stays:\n- this, and more\n- that.",
    )


def test_the_points_of_an_indented_list_keep_their_lines():
    assert read_docstring("It.\n\nSo it is:\n  - a\n    b\n  - c").paragraphs[1] == "So it is:\n  - a b\n  - c"


def test_settings_are_read_by_name():
    assert read_docstring(DOC).settings == {
        "mix": "0 leaves it, 1: mirrors it.",
        "width": "of the picture.",
        "height": "of the picture.",
    }


def test_an_indented_block_is_an_example_with_its_blank_lines():
    assert read_docstring(DOC).examples == ("nodes:\n  a: {type: mirror}\n\n  b: {type: mirror}",)


def test_a_section_may_hold_the_example():
    assert read_docstring("It.\n\nExample:\n    a: {type: x}\n").examples == ("a: {type: x}",)


@pytest.mark.parametrize("example", ["nodes:\n  a: {type: x}\n\n  b: {type: x}", "a: {type: x}  # so\nb: {type: x}"])
def test_an_example_at_the_end_is_seen_although_python_takes_its_indentation_away(example):
    doc = read_docstring("It.\n\n" + indent(example, "        ") + "\n    ")
    assert doc.examples == (example,)
    assert doc.paragraphs == ("It.",)


def test_an_empty_docstring_says_nothing():
    doc = read_docstring("")
    assert (doc.summary, doc.paragraphs, doc.settings, doc.examples) == ("", (), {}, ())
