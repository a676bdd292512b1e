"""What ONNX Runtime says when it refuses a network, without where in its own sources it says so."""

from __future__ import annotations

import re

_CODE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ")
_SOURCE = re.compile(r"/\S*onnxruntime/\S+\.(?:cc|h):\d+ .*?\)(?: const)? (?=[A-Z])", re.DOTALL)


def refusal(error: Exception) -> str:
    """Returns the message of one of its errors, on one line."""
    return " ".join(_SOURCE.sub("", _CODE.sub("", str(error))).split()) or type(error).__name__
