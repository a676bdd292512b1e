"""Changed settings go back into the file; everything else in it stays to the letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.document import parse_document
from runtime.graph_save import save_settings, with_settings
from runtime.view import Refused

TEXT = """\
# Mine
nodes:
  a: {type: source}   # where it comes from
  b:
    type: swap   # the heart
    in: [a, c]
    opacity: 0.5   # half

  # the end
  s: {type: sink, in: b,
      to: out.mp4}
"""


@pytest.mark.parametrize(
    ("place", "value", "old", "new"),
    [
        (("b", "opacity"), 1, "opacity: 0.5   # half", "opacity: 1   # half"),
        (("b", "keep_eyes"), None, "opacity: 0.5   # half\\n", "opacity: 0.5   # half\\n    keep_eyes: null\\n"),
        (("a", "uri"), "camera:0", "{type: source}", '{type: source, uri: "camera:0"}'),
        (("s", "to"), "off", "to: out.mp4}", "to: off}"),
        (("b", "in"), ["x", "y"], "in: [a, c]", "in: [x, y]"),
        (("s", "crf"), 20, "to: out.mp4}", "to: out.mp4, crf: 20}"),
    ],
)
def test_a_value_changes_where_it_stands(place, value, old, new):
    old, new = old.replace("\\n", "\n"), new.replace("\\n", "\n")
    assert with_settings(TEXT, {place: value}) == TEXT.replace(old, new)


def test_lines_keep_their_ends_and_the_last_may_lack_one():
    text = "nodes:\r\n  b:\r\n    type: swap"
    assert with_settings(text, {("b", "x"): 1}) == "nodes:\r\n  b:\r\n    type: swap\r\n    x: 1\r\n"


def test_a_value_that_an_alias_shares_is_written_for_one_node_only():
    text = "x-much: &much 0.5\nnodes:\n  a: {type: t, opacity: *much}\n  b: {type: t, opacity: *much}\n"
    assert with_settings(text, {("b", "opacity"): 1}) == text.replace(
        "b: {type: t, opacity: *much}", "b: {type: t, opacity: 1}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "x: &node {type: t, opacity: 1}\nnodes:\n  b: *node\n",
        "nodes:\n  a: {type: t, opacity: &o 1}\n  b: {type: t, opacity: &p 1}\n  c: {type: t, opacity: *p}\n",
    ],
)
def test_what_is_shared_otherwise_is_refused(text):
    with pytest.raises(Refused, match="share"):
        with_settings(text, {("b", "opacity"): 0.25})


def test_a_node_that_is_gone_is_named():
    with pytest.raises(Refused, match="no node 'z' any more"):
        with_settings(TEXT, {("z", "x"): 1})


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abs"), st.sampled_from(["opacity", "to", "new", "other"])),
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
        | st.lists(st.text(max_size=5), max_size=3) | st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
        max_size=6,
    )
)  # fmt: skip
def test_what_is_saved_is_what_is_read_and_comments_stay(values):
    try:
        text = with_settings(TEXT, values)
    except Refused:
        return
    data = parse_document(text).data["nodes"]
    assert all(data[node][setting] == value for (node, setting), value in values.items())
    assert all(comment in text for comment in ("# Mine", "# where it comes from", "# the heart", "# half", "# the end"))


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path):
    file = tmp_path / "g.yaml"
    file.write_text(TEXT)
    file.chmod(0o640)
    save_settings(file, {("b", "opacity"): 1})
    assert "opacity: 1   # half" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [file]
