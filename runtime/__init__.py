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
from runtime.settings import Address, Count, FileOrName, InputFile, InputFiles, Millis, Seconds, StateFile, Unit

__all__ = [
    "Address",
    "ColorTags",
    "Context",
    "ContractError",
    "Count",
    "DlcError",
    "Face",
    "Faces",
    "FileOrName",
    "Frame",
    "Identity",
    "Image",
    "InputFile",
    "InputFiles",
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
    "StateFile",
    "StreamError",
    "StreamInfo",
    "Threads",
    "Unit",
    "node",
]
