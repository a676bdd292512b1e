"""The rewriting passes, and for which providers, versions and processors each is needed.

A pass changes a `Network` in place and returns how many places it changed. Whether the result is equal is proven
when a network is loaded (`models/rewrite.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.providers import older

if TYPE_CHECKING:
    from models.passes.network import Network


@dataclass(frozen=True, slots=True)
class Pass:
    """A rewriting pass.

    Attributes:
        name: `module.function` in this package; the module is imported only when the pass runs.
        operator: what it replaces; a file without this word needs no look at all.
        family: of the devices that need it.
        until: the version of ONNX Runtime from which on the provider does as well without; None: all need it.
        machines: the processors for which it was measured to be faster; none: all.
        why: what it is for, with the source of its bounds.
    """

    name: str
    operator: str
    family: str
    why: str
    until: str | None = None
    machines: tuple[str, ...] = ()

    def fits(self, family: str, version: str, machine: str) -> bool:
        """Returns whether a device with this version and processor needs it."""
        in_time = self.until is None or older(version, self.until)
        return self.family == family and in_time and (not self.machines or machine in self.machines)

    @property
    def apply(self) -> Callable[[Network], int]:
        """The pass itself."""
        from importlib import import_module  # noqa: PLC0415  # onnx takes 0.3 s to import

        module, _, function = self.name.partition(".")
        found: Callable[[Network], int] = getattr(import_module(f"models.passes.{module}"), function)
        return found


PASSES = (
    Pass("activations.prelu", "PRelu", "cpu", "reorders tensors and back", machines=("x86_64", "AMD64")),
    Pass("pads.channel_pad", "Pad", "coreml", "CoreML pads height and width only (CoreML-ExecutionProvider.html)"),
    Pass("pads.reflect_pad", "Pad", "coreml", "microsoft/onnxruntime#28022, mended by #28073", until="1.26"),
    Pass("shapes.split", "Split", "coreml", "mended by microsoft/onnxruntime#28270", until="1.27"),
    Pass("shapes.scalar_gather", "Gather", "coreml", "microsoft/onnxruntime#28180, mended by #28278", until="1.27"),
    Pass("shapes.flatten", "Flatten", "coreml", "no operator of ML programs (CoreML-ExecutionProvider.html)"),
)
