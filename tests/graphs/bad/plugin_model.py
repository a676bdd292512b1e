"""A node with a model that does not come with dlc."""

from typing import Annotated, Literal

from runtime import Frame, IsModel, node


@node
def mask_out(
    frame: Frame,
    *,
    model: Annotated[Literal["plain", "xseg_1", "simswap_256"], IsModel()] = "xseg_1",
    others: list[Annotated[str, IsModel()]] | None = None,
) -> Frame:
    return frame
