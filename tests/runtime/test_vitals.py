"""How the machine is, read from what each system tells."""

import sys
from pathlib import Path

import pytest

from runtime.cgroups import ROOT
from runtime.clock import SECOND, ManualClock
from runtime.errors import ConfigurationError
from runtime.fake_macos import FakeMac
from runtime.fake_nvml import FakeCard, FakeNvml
from runtime.gpu import Gpu, nvidia_gpus
from runtime.nvml import Nvml
from runtime.simulated import simulated
from runtime.vitals import GpuVitals, NoSigns, Vitals, system_signs
from runtime.vitals_gpu import GpuSigns
from runtime.vitals_linux import LinuxSigns
from runtime.vitals_mac import MacSigns

MEMINFO = "MemTotal: 1000000 kB\nMemFree: 5000 kB\nMemAvailable: {} kB\n"


def gpu_signs(*cards):
    return GpuSigns(Nvml(FakeNvml(cards)))


class Machine:
    """A folder that stands for a Linux machine's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("proc/meminfo", MEMINFO.format(500000))

    def write(self, name, content):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def zone(self, degrees, **trips):
        folder = f"sys/class/thermal/thermal_zone{len(list((self.root / 'sys/class/thermal').glob('*')))}"
        self.write(f"{folder}/temp", f"{degrees * 1000}\n")
        for index, (kind, at) in enumerate(trips.items()):
            self.write(f"{folder}/trip_point_{index}_type", f"{kind}\n")
            self.write(f"{folder}/trip_point_{index}_temp", f"{at * 1000}\n")

    def read(self):
        return LinuxSigns(self.root, gpu_signs()).read()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_a_machine_that_tells_nothing_is_well(tmp_path):
    assert LinuxSigns(tmp_path, gpu_signs()).read() == Vitals() == NoSigns().read()


@pytest.mark.parametrize(
    ("degrees", "thermal"),
    [(40, "nominal"), (74, "nominal"), (75, "fair"), (85, "serious"), (99, "serious"), (100, "critical")],
)
def test_heat_is_the_distance_to_the_trip_points(machine, degrees, thermal):
    machine.zone(degrees, active=50, passive=85, critical=105)
    assert machine.read().thermal == thermal


@pytest.mark.parametrize(("degrees", "thermal"), [(79, "nominal"), (80, "fair"), (90, "serious"), (100, "critical")])
def test_a_zone_without_a_passive_trip_warns_below_its_critical_one(machine, degrees, thermal):
    machine.zone(degrees, critical=105)
    assert machine.read().thermal == thermal


def test_the_hottest_zone_counts(machine):
    machine.zone(30, passive=90)
    machine.zone(95, passive=90)
    assert machine.read().thermal == "serious"


def test_sensors_that_tell_nonsense_or_only_drive_a_fan_do_not_count(machine):
    machine.zone(200, passive=85)
    machine.zone(99, active=50)
    machine.zone(99, passive=-274)
    assert machine.read().thermal == "nominal"


@pytest.mark.parametrize(("free", "memory"), [(500000, "normal"), (99000, "warn"), (39000, "critical")])
def test_memory_is_short_when_little_is_free(machine, free, memory):
    machine.write("proc/meminfo", MEMINFO.format(free))
    found = machine.read()
    assert (found.memory, found.memory_free_bytes) == (memory, free * 1024)


@pytest.mark.parametrize(("some", "full", "memory"), [(3, 0, "normal"), (12, 1, "warn"), (30, 6, "critical")])
def test_memory_is_short_when_tasks_wait_for_it(machine, some, full, memory):
    machine.write(
        "proc/pressure/memory",
        f"some avg10={some}.00 avg60=0.00 avg300=0.00 total=9\nfull avg10={full}.00 avg60=0.00 avg300=0.00 total=1\n",
    )
    assert machine.read().memory == memory


def test_memory_of_the_control_group_counts_without_what_can_be_dropped(machine):
    machine.write("proc/self/cgroup", "0::/box\n")
    machine.write("sys/fs/cgroup/box/memory.max", "100000000\n")
    machine.write("sys/fs/cgroup/box/memory.current", "99000000\n")
    machine.write("sys/fs/cgroup/box/memory.stat", "anon 1\ninactive_file 4000000\n")
    found = machine.read()
    assert (found.memory, found.memory_free_bytes) == ("warn", 5000000)


@pytest.mark.parametrize(
    ("adapter", "battery", "power"),
    [("1", "Charging", "mains"), ("0", "Discharging", "battery"), (None, "Full", "mains"), (None, None, "unknown")],
)
def test_power_comes_from_mains_or_battery(machine, adapter, battery, power):
    for name, kind, file, value in (("AC", "Mains", "online", adapter), ("BAT0", "Battery", "status", battery)):
        if value is not None:
            machine.write(f"sys/class/power_supply/{name}/type", f"{kind}\n")
            machine.write(f"sys/class/power_supply/{name}/{file}", f"{value}\n")
    assert machine.read().power == power


def test_load_is_the_busy_share_since_the_last_reading(machine):
    signs = LinuxSigns(machine.root, gpu_signs())
    machine.write("proc/stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3 4\n")
    assert signs.read().load is None
    machine.write("proc/stat", "cpu  150 0 125 750 175 0 0 0 0 0\ncpu0 1 2 3 4\n")
    assert signs.read().load == pytest.approx(75 / 200)


@pytest.mark.parametrize(
    ("card", "thermal"),
    [
        (FakeCard(temperature=60), "nominal"),
        (FakeCard(temperature=85), "fair"),
        (FakeCard(temperature=88, reasons=0x20), "serious"),
        (FakeCard(temperature=94), "critical"),
        (FakeCard(temperature=None, reasons=0x4), "nominal"),
        (FakeCard(slowdown=None, reasons=0x40), "serious"),
    ],
)
def test_a_gpu_counts_as_hot_where_its_driver_slows_it_down(machine, card, thermal):
    found = LinuxSigns(machine.root, gpu_signs(card)).read()
    assert found.thermal == thermal
    assert found.gpu == GpuVitals(0.4, 2**30, card.temperature)


def test_gpus_are_told_by_nvml():
    cards = [FakeCard(), FakeCard("NVIDIA GRID", cores=None, bus_bits=None)]
    library = FakeNvml(cards)
    assert nvidia_gpus(Nvml(library)) == (
        Gpu("NVIDIA GeForce RTX 3060", 3584, 12 * 2**30, 360.0, "580.95.05"),
        Gpu("NVIDIA GRID", None, 12 * 2**30, None, "580.95.05"),
    )
    assert not library.is_open


def test_an_old_package_that_lacks_a_function_leaves_that_unknown():
    class Old(FakeNvml):
        def __getattr__(self, name):
            if name == "nvmlDeviceGetNumGpuCores":
                raise AttributeError(name)
            return super().__getattr__(name)

    (gpu,) = nvidia_gpus(Nvml(Old([FakeCard()])))
    assert (gpu.cores, gpu.bandwidth_gbs) == (None, 360.0)


def test_no_library_or_no_driver_is_no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    with Nvml() as library:
        assert (library.reason, library.count) == ("the Python package nvidia-ml-py is not installed", 0)
    assert GpuSigns().read() == (None, "nominal")


@pytest.mark.parametrize(
    ("state", "level", "power", "expected"),
    [
        (0, 1, "AC Power", ("nominal", "normal", "mains")),
        (1, 2, "Battery Power", ("fair", "warn", "battery")),
        (2, 4, "UPS Power", ("serious", "critical", "battery")),
        (3, 1, "", ("critical", "normal", "unknown")),
        (9, 1, "AC Power", ("nominal", "normal", "mains")),
    ],
)
def test_a_mac_is_what_its_libraries_tell(state, level, power, expected):
    mac = FakeMac(
        {"kern.memorystatus_vm_pressure_level": level, "hw.memsize": 1000, "kern.memorystatus_level": 40}, state, power
    )
    found = MacSigns(mac).read()
    assert (found.thermal, found.memory, found.power) == expected
    assert found.memory_free_bytes == 400
    assert mac.objects == 0


def test_load_of_a_mac_is_the_busy_share_since_the_last_reading():
    signs = MacSigns(FakeMac(ticks=((100, 0, 2**32 - 20, 0), (120, 10, 10, 0))))
    assert [signs.read().load for _ in range(3)] == [None, 0.5, None]


def test_this_machine_can_be_read():
    signs = system_signs()
    assert signs.read().load is None
    found = signs.read()
    assert found.load is None or 0 <= found.load <= 1
    if sys.platform == "linux":
        assert found.memory_free_bytes
        assert LinuxSigns(ROOT, gpu_signs()).read().memory == found.memory


def read_at(text, *seconds):
    clock = ManualClock()
    signs = simulated(text, clock)
    found = []
    for second in seconds:
        clock.advance(int(second * SECOND) - clock.now())
        found.append(signs.read())
    return found


def test_a_simulated_machine_is_as_it_was_described():
    (found,) = read_at("thermal=serious, memory=warn,power=battery,load=0.8,memory_free_bytes=1000", 0)
    assert found == Vitals("serious", "battery", "warn", 0.8, 1000)


def test_a_simulated_machine_changes_in_its_own_time():
    found = read_at("thermal=fair@5s,thermal=serious@10s,thermal=nominal@20.5s,memory=warn", 0, 4.9, 5, 12, 20.5)
    assert [vitals.thermal for vitals in found] == ["nominal", "nominal", "fair", "serious", "nominal"]
    assert {vitals.memory for vitals in found} == {"warn"}


def test_a_simulated_machine_gets_warm_step_by_step():
    found = read_at("thermal=nominal..critical@4s..8s,load=0.2..0.6@0s..10s", 0, 3, 4, 5, 6, 7, 8, 90)
    assert [vitals.thermal for vitals in found] == [
        "nominal", "nominal", "nominal", "fair", "serious", "critical", "critical", "critical",
    ]  # fmt: skip
    assert [round(found[index].load, 2) for index in (0, 3, 7)] == [0.2, 0.4, 0.6]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("thermal", "'thermal' is no simulated sign; write SIGN=VALUE or SIGN=VALUE@SECONDSs"),
        ("thermal=warm", "'thermal=warm': there is no 'warm'"),
        ("thermal=seriuos", "did you mean 'serious'"),
        ("termal=fair", "there is no sign 'termal'; did you mean 'thermal'"),
        ("load=much", "'much' is no number"),
        ("load=nan", "'nan' is no number from 0 on"),
        ("memory_free_bytes=-1", "'-1' is no number from 0 on"),
        ("", "'' is no simulated sign; write SIGN=VALUE"),
        ("thermal=fair,", "'' is no simulated sign; write SIGN=VALUE"),
        ("load=0..1@3s", "a ramp needs two values and two times"),
        ("load=1@3s..5s", "a ramp needs two values and two times"),
        ("load=0..1@5s..3s", "a ramp needs two values and two times"),
        ("thermal=fair@1.2.3s", "'1.2.3' is no number"),
    ],
)
def test_a_wrong_description_says_what_to_write(text, message):
    with pytest.raises(ConfigurationError) as caught:
        simulated(text, ManualClock())
    assert message in str(caught.value)
