"""How functions of macOS are called: with the types of their declarations, as far as that shows without a Mac."""

import ctypes
from ctypes import c_char_p, c_long, c_uint64, c_void_p
from types import SimpleNamespace

from runtime.macos import MacLibraries, mac_libraries


def libraries(**attributes):
    made_up = MacLibraries.__new__(MacLibraries)  # its constructor loads what only a Mac has
    vars(made_up).update(attributes)
    return made_up


def test_a_message_is_sent_with_the_types_of_its_method():
    got = []

    @ctypes.CFUNCTYPE(c_void_p, c_void_p, c_void_p, c_uint64, c_char_p)
    def receive(target, selector, number, text):
        got.append((target, selector, number, text))
        return 99

    mac = libraries(
        _address=ctypes.cast(receive, c_void_p).value, _objc=SimpleNamespace(sel_registerName={b"do:with:": 5}.get)
    )
    assert mac.send(7, "do:with:", 0xFF00FFFFFF, b"text", types=(c_uint64, c_char_p)) == 99
    assert got == [(7, 5, 0xFF00FFFFFF, b"text")]


def test_a_message_answers_with_a_number_or_nothing():
    answer = ctypes.CFUNCTYPE(c_long, c_void_p, c_void_p)(lambda *_: 2)
    mac = libraries(_address=ctypes.cast(answer, c_void_p).value, _objc=SimpleNamespace(sel_registerName=lambda _: 5))
    assert mac.send(7, "thermalState", result=c_long) == 2
    assert mac.send(7, "release", result=None) is None


def test_numbers_of_32_and_64_bits_come_from_sysctl():
    values = {b"hw.memsize": 2**35, b"kern.memorystatus_vm_pressure_level": 4}

    def sysctlbyname(name, value, size, _new, _new_size):
        if name not in values:
            return -1
        value._obj.value, size._obj.value = values[name], 4
        return 0

    mac = libraries(system=SimpleNamespace(sysctlbyname=sysctlbyname))
    assert mac.sysctl("hw.memsize") == 2**35
    assert mac.sysctl("kern.memorystatus_vm_pressure_level") == 4
    assert mac.sysctl("no.such") is None


def test_there_are_no_such_libraries_elsewhere(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    mac_libraries.cache_clear()
    assert mac_libraries() is None
    mac_libraries.cache_clear()
