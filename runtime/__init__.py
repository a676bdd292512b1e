"""The dataflow runtime; from here a node author imports everything that the contract is made of."""

from runtime.errors import ContractError, DlcError, ModelError, StreamError
from runtime.kinds import (
    Face,
    Faces,
    Frame,
    Identity,
    Image,
    Kind,
    Landmarks,
    Patch,
    Patches,
    PatchStatus,
    Pose,
)
from runtime.node import ColorTags, Context, Picture, Quality, Sink, Source, StreamInfo, Threads, node
from runtime.settings import Address, Count, InputFile, IsModel, Millis, Seconds, Unit

__all__ = [
    "Address",
    "ColorTags",
    "Context",
    "ContractError",
    "Count",
    "DlcError",
    "Face",
    "Faces",
    "Frame",
    "Identity",
    "Image",
    "InputFile",
    "IsModel",
    "Kind",
    "Landmarks",
    "Millis",
    "ModelError",
    "Patch",
    "PatchStatus",
    "Patches",
    "Picture",
    "Pose",
    "Quality",
    "Seconds",
    "Sink",
    "Source",
    "StreamError",
    "StreamInfo",
    "Threads",
    "Unit",
    "node",
]
