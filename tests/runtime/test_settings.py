"""Paths in settings, wherever in them they stand, are resolved, found, and missed when they are not there."""

from pathlib import Path

import pytest

from runtime import FileOrName, Frame, InputFile, Source, StateFile, StreamInfo, node
from runtime.document import parse_document
from runtime.loading import check_document
from runtime.settings import paths_in
from runtime.signature import spec_of
from runtime.table import NodeTable
from runtime.testing import Sink, numbered_pictures, run_graph
from tests.runtime.chains import chain


@node
class Camera(Source):
    def info(self) -> StreamInfo: ...
    def read(self): ...


@node
def cast(
    frame: Frame,
    *,
    roles: dict[str, InputFile] | None = None,
    people: list[FileOrName] | None = None,
    pictures: dict[FileOrName, list[InputFile]] | None = None,
    memory: StateFile | None = None,
) -> Frame: ...


@node
class Screen(Sink):
    def write(self, frame: Frame) -> None: ...


TABLE = NodeTable(spec_of(definition) for definition in (Camera, cast, Screen))


@pytest.fixture
def folder(tmp_path):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (tmp_path / name).touch()
    return tmp_path


def checked(folder, settings):
    text = f"""
mode: file
nodes:
  camera: {{type: camera}}
  cast: {{type: cast, in: camera, {settings}}}
  screen: {{type: screen, in: cast}}
"""
    return check_document(parse_document(text, folder / "g.yaml"), TABLE)


def test_paths_in_lists_and_mappings_start_at_the_graph_file(folder):
    given = (
        "roles: {anna: a.jpg, b.jpg: b.jpg}, people: [ben, a.jpg], pictures: {c.jpg: [a.jpg], eve: [b.jpg]}, memory: m"
    )
    settings = checked(folder, given).unwrap().node("cast").live
    a, b, c = (str(folder / name) for name in ("a.jpg", "b.jpg", "c.jpg"))
    assert settings.roles == {"anna": a, "b.jpg": b}  # a key that is text stays what it is
    assert settings.people == ["ben", a]
    assert settings.pictures == {c: [a], "eve": [b]}
    assert settings.memory == str(folder / "m")
    assert sorted({path.name for path in paths_in(settings)}) == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize(
    ("settings", "missing", "marked"),
    [
        ("roles: {anna: x.jpg}", "x.jpg", "x.jpg}"),
        ("people: [ben, y.png]", "y.png", "y.png]"),
        ("people: [ben, sub/eve]", "sub/eve", "sub/eve]"),
        ("pictures: {z.jpg: []}", "z.jpg", "{z.jpg: []}"),
        ("pictures: {ben: [a.jpg, w.jpg]}", "w.jpg", "w.jpg]}"),
    ],
)
def test_a_file_that_is_not_there_is_missed_wherever_it_is_named(folder, settings, missing, marked):
    (found,) = checked(folder, settings).diagnostics
    assert found.code == "missing-file"
    assert str(folder / missing) in found.message
    assert found.mark.text[found.mark.column - 1 :].startswith(marked)


def test_a_file_that_is_written_need_not_be_there_but_its_folder_must(folder):
    assert checked(folder, "memory: new.file").graph is not None
    (found,) = checked(folder, "memory: no/new.file").diagnostics
    assert (found.code, found.message) == (
        "missing-folder",
        f"the folder of memory is not there: {Path(folder / 'no')}",
    )


def test_settings_of_richer_types_can_be_written_in_yaml():
    got = []

    @node
    def stretch(frame: Frame, *, size: tuple[int, int] = (1, 1), names: set[str] = frozenset()) -> Frame:
        got.append((size, names))
        return frame

    run_graph(chain("stretch"), [stretch], numbered_pictures(1), overrides=["b.size=[3, 4]", "b.names=[x]"])
    assert got == [((3, 4), {"x"})]
