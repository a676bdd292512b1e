"""This machine and the others, from what their systems print (tests/data/hardware says where the texts come from)."""

from pathlib import Path

import onnxruntime as ort
import pytest

from models.providers import COREML_UNITS, FAMILIES, device_of
from runtime.apple import mac_of
from runtime.apple_chips import APPLE_CHIPS, apple_chip
from runtime.cpuinfo import Cpu, lscpu_name, probe_cpu, usable_cores
from runtime.errors import ConfigurationError
from runtime.gpu import Gpu, gpus_of_smi
from runtime.hardware import PROFILES, hardware_of_mac, hardware_of_pc, probe, profile

DATA = Path(__file__).parents[1] / "data" / "hardware"
MAC_PROVIDERS = ("CoreMLExecutionProvider", "CPUExecutionProvider")
PC = hardware_of_pc(Cpu("a", 6, 0, 2**34, frozenset()), (), "Linux", ("CPUExecutionProvider",))


def text(name):
    return (DATA / name).read_text()


def mac(name, displays):
    return hardware_of_mac(
        mac_of(text(f"sysctl_{name}.txt"), text(f"displays_{displays}.json")), "macOS", MAC_PROVIDERS
    )


@pytest.mark.parametrize(
    ("name", "displays", "profile_name", "fast", "slow", "gpu_cores", "bandwidth"),
    [
        ("m1", "m1", "m1", 4, 4, 8, 68.3),
        ("m1_macos11", "m1", "m1", 8, 0, 8, 68.3),
        ("m3_pro", "m3_pro", "m3-pro", 5, 6, 14, 150),
        ("m5_pro", "m5_pro", "m5-pro", 15, 0, 16, 307),
        ("m6", "m6", "m6", 6, 6, 12, 170),
        ("rosetta", "m2", "m2", 4, 4, 8, 100),
    ],
)
def test_a_mac_is_what_sysctl_and_system_profiler_say(name, displays, profile_name, fast, slow, gpu_cores, bandwidth):
    found = mac(name, displays)
    assert found.name == profile_name
    assert (found.performance_cores, found.efficiency_cores) == (fast, slow)
    assert [gpu.cores for gpu in found.gpus] == [gpu_cores]
    assert found.bandwidth_gbs == bandwidth
    assert found.neural_engine_cores == (32 if name == "m6" else 16)
    assert found.here


def test_features_of_macs():
    assert mac("m1", "m1").features == {"neon", "dotprod", "fp16"}
    assert mac("m3_pro", "m3_pro").features == {"neon", "dotprod", "fp16", "i8mm", "bf16"}
    assert mac("m6", "m6").features == {"neon", "dotprod", "fp16", "i8mm", "bf16", "sme"}


@pytest.mark.parametrize(("name", "displays"), [("m1", "m1"), ("m3_pro", "m3_pro"), ("m5_pro", "m5_pro"), ("m6", "m6")])
def test_the_table_agrees_with_what_a_chip_says(name, displays):
    found = mac(name, displays)
    chip = apple_chip(found.chip)
    assert found.performance_cores in chip.performance
    assert found.efficiency_cores in chip.efficiency
    assert found.gpus[0].cores in chip.gpu
    assert found.features == chip.features


def test_an_intel_mac_has_its_own_gpu_first_and_no_neural_engine():
    found = mac("intel", "intel")
    assert (found.name, found.cores, found.neural_engine_cores) == ("cpu", 8, 0)
    assert found.gpus[0] == Gpu("AMD Radeon Pro 5500M", None, 8 * 2**30, None)
    assert found.features == {"avx2"}


def test_rosetta_is_noticed():
    assert mac_of(text("sysctl_rosetta.txt"), text("displays_m2.json")).translated
    assert not mac_of(text("sysctl_m1.txt"), text("displays_m1.json")).translated


def test_a_mac_that_tells_nothing_still_has_a_core():
    found = hardware_of_mac(mac_of("", "no json"), "macOS", MAC_PROVIDERS)
    assert (found.name, found.cores, found.gpus, found.memory_bytes) == ("cpu", 1, (), 0)


@pytest.mark.parametrize("chip", APPLE_CHIPS, ids=lambda chip: chip.short)
def test_each_chip_of_the_table_is_a_whole_profile_with_a_source(chip):
    found = profile(chip.short, PC)
    assert (found.chip, found.here) == (chip.name, False)
    assert found.devices() == ("cpu", "coreml:all", "coreml:ane", "coreml:gpu", "coreml:cpu")
    assert found.cores == chip.performance[0] + chip.efficiency[0]
    assert len(chip.bandwidth_gbs) in (1, len(chip.gpu))
    assert list(chip.gpu) == sorted(chip.gpu, reverse=True)
    assert chip.source.startswith("https://")


def test_a_smaller_chip_has_the_bandwidth_of_its_size():
    chip = apple_chip("Apple M3 Max")
    assert (chip.bandwidth(40), chip.bandwidth(30), chip.bandwidth(None)) == (400, 300, 400)


def test_a_profile_that_is_this_machine_is_this_machine():
    here = mac("m3_pro", "m3_pro")
    assert profile("m3-pro", here) is here
    assert profile("auto", here) is here
    assert not profile("m3-max", here).here


def test_the_cpu_profile_is_this_machine_without_its_accelerators():
    found = profile("cpu", mac("m3_pro", "m3_pro"))
    assert found.here
    assert (found.cores, found.gpus, found.devices()) == (11, (), ("cpu",))


def test_an_unknown_profile_is_told_with_what_was_meant():
    with pytest.raises(ConfigurationError, match=r"there is no profile 'm3-prop'; did you mean 'm3-pro'\?"):
        profile("m3-prop", PC)
    with pytest.raises(ConfigurationError, match="profiles are auto, cpu, cuda"):
        profile("toaster", PC)


@pytest.mark.parametrize("name", PROFILES)
def test_devices_are_such_as_sessions_take(name):
    found = profile(name, PC)
    for device in found.devices():
        assert device_of(device).provider in found.providers


def test_providers_are_spelled_as_models_spell_them():
    every = ("CPUExecutionProvider", *(family.provider for family in FAMILIES.values()))
    found = hardware_of_pc(Cpu("a", 1, 0, 0, frozenset()), (), "Linux", every).devices()
    assert {device.partition(":")[0] for device in found} == {"cpu", *FAMILIES}
    assert {device.partition(":")[2] for device in found if device.startswith("coreml")} == set(COREML_UNITS)


def test_each_nvidia_gpu_is_a_device():
    gpus = gpus_of_smi(text("nvidia_smi.txt"))
    found = hardware_of_pc(
        Cpu("a", 1, 0, 0, frozenset()), gpus, "Linux", ("CUDAExecutionProvider", "CPUExecutionProvider")
    )
    assert gpus[0] == Gpu("NVIDIA GeForce RTX 4090", None, 24564 * 2**20, None, "580.95.05")
    assert gpus[1].memory_bytes is None
    assert (found.name, found.devices()) == ("cuda", ("cpu", "cuda:0", "cuda:1"))


def test_a_gpu_without_the_provider_is_no_device():
    found = hardware_of_pc(
        Cpu("a", 1, 0, 0, frozenset()), gpus_of_smi(text("nvidia_smi.txt")), "Linux", ("CPUExecutionProvider",)
    )
    assert (found.name, found.devices()) == ("cpu", ("cpu",))


@pytest.fixture
def linux(tmp_path):
    """Returns a function that makes a root folder with these files."""

    def make(cpuinfo, **files):
        for name, content in {
            "proc/cpuinfo": text(cpuinfo),
            "proc/meminfo": "MemTotal: 16000000 kB\n",
            **files,
        }.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        return tmp_path

    return make


def test_threads_of_one_core_count_once(linux):
    found = probe_cpu(linux("cpuinfo_xeon.txt"), frozenset(range(8)))
    assert (found.performance, found.efficiency) == (4, 0)
    assert found.name == "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"
    assert found.features == {
        "avx2", "avx512", "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx"
    }  # fmt: skip
    assert found.memory_bytes == 16000000 * 1024


def test_only_cores_of_the_affinity_count(linux):
    assert probe_cpu(linux("cpuinfo_xeon.txt"), frozenset({0, 4, 1})).performance == 2


def test_intels_thrifty_cores_are_told_apart(linux):
    root = linux("cpuinfo_i7.txt", **{"sys/devices/cpu_atom/cpus": "4-7\n"})
    found = probe_cpu(root, frozenset(range(8)))
    assert (found.performance, found.efficiency) == (2, 4)


def test_arms_thrifty_cores_are_told_apart(linux):
    capacities = {f"sys/devices/system/cpu/cpu{n}/cpu_capacity": "380" if n < 4 else "1024" for n in range(8)}
    found = probe_cpu(linux("cpuinfo_arm.txt", **capacities), frozenset(range(8)))
    assert (found.performance, found.efficiency) == (4, 4)
    assert found.features == {"neon", "dotprod", "fp16", "i8mm", "bf16"}


def test_the_name_of_an_arm_processor_comes_from_lscpu():
    assert lscpu_name(text("lscpu_arm.txt")) == "Cortex-A55"
    assert lscpu_name("Model name: -\n") == ""


@pytest.mark.parametrize(
    ("quota", "cores"), [("200000 100000", 2), ("150000 100000", 1), ("50000 100000", 1), ("max 100000", 4)]
)
def test_a_control_group_limits_cores(linux, quota, cores):
    root = linux(
        "cpuinfo_xeon.txt",
        **{
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/cpu.max": quota,
            "sys/fs/cgroup/a/b/cpu.max": "max 100000",
        },
    )
    assert probe_cpu(root, frozenset(range(8))).performance == cores
    assert usable_cores(root, frozenset(range(8))) == cores


def test_a_control_group_of_the_first_version_limits_cores_and_memory(linux):
    root = linux(
        "cpuinfo_xeon.txt",
        **{
            "proc/self/cgroup": "4:memory:/box\n3:cpu,cpuacct:/box\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "300000\n",
            "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": "1073741824\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    )
    found = probe_cpu(root, frozenset(range(8)))
    assert (found.performance, found.memory_bytes) == (3, 2**30)


def test_fast_cores_go_first_where_a_control_group_limits_them(linux):
    root = linux(
        "cpuinfo_i7.txt",
        **{
            "sys/devices/cpu_atom/cpus": "4-7",
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cpu.max": "300000 100000",
        },
    )
    found = probe_cpu(root, frozenset(range(8)))
    assert (found.performance, found.efficiency) == (2, 1)


def test_this_machine_can_be_looked_at():
    found = probe()
    assert found.here
    assert found.cores >= 1
    assert found.chip
    assert found.memory_bytes > 2**28
    assert found.devices()[0] == "cpu"
    assert found.providers == tuple(ort.get_available_providers())


def test_networks_may_take_most_of_a_gpu_and_half_of_what_a_mac_shares():
    assert profile("cuda", PC).device_memory() == {"cuda:0": int(0.9 * 12 * 2**30)}
    mac = profile("m1", PC)
    assert mac.device_memory()["coreml:ane"] == mac.memory_bytes // 2
    assert "cpu" not in mac.device_memory()
