"""Engines that are found by name: private sockets, and none that a dead engine has left."""

import os
import socket
import stat
import subprocess
import sys

import pytest

from runtime.control import connected, control_folder, open_place, running
from runtime.errors import ConfigurationError
from runtime.host import Host
from runtime.link import WireLink
from runtime.scripted_link import ScriptedLink
from runtime.view import LinkClosed


@pytest.fixture(autouse=True)
def private(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def place():
    place = open_place("mine")
    host = Host(ScriptedLink())
    host.listen(place.listener, place.token)
    yield place
    host.stop_listening()
    place.close()
    host.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no owners of sockets")
def test_socket_and_folder_are_for_their_user_alone(place):
    assert stat.S_IMODE(control_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(place.file.stat().st_mode) == 0o600


def test_an_engine_is_found_by_its_name(place):
    assert running() == ["mine"]
    with connected("mine") as wire:
        assert WireLink(wire).now().state == "running"


def test_a_name_is_given_up_at_the_end():
    open_place("other").close()
    assert running() == []
    with pytest.raises(LinkClosed, match="no engine answers as 'other'"), connected("other"):
        pass


def test_a_name_is_not_taken_twice(place):
    with pytest.raises(ConfigurationError, match="an engine of this name runs already"):
        open_place("mine")


@pytest.mark.skipif(sys.platform == "win32", reason="a socket in the file system")
def test_what_a_dead_engine_has_left_is_removed():
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(control_folder() / "dead.sock"))
    left.close()
    assert running() == []
    assert list(control_folder().iterdir()) == []
    open_place("dead").close()


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "ä.", "x" * 200])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ConfigurationError, match="--control"):
        open_place(name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_that_is_open_to_others_is_refused(tmp_path):
    (tmp_path / "dlc").mkdir(mode=0o755)
    os.chmod(tmp_path / "dlc", 0o755)  # noqa: PTH101, S103
    with pytest.raises(ConfigurationError, match="open to others"):
        control_folder()


def test_a_machine_without_a_runtime_folder_is_told_nothing_about_it():
    command = "from runtime.control import control_folder; print(control_folder())"
    environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    done = subprocess.run([sys.executable, "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
