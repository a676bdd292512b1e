"""Small ONNX files with the inputs and outputs of models that people bring."""

import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def saved(file, inputs, outputs, initializers=()):
    """Writes a graph that gives its outputs out of nothing, with inputs and outputs by name and shape."""
    nodes = [helper.make_node("ConstantOfShape", [f"{name}_shape"], [name], name=f"make_{name}") for name in outputs]
    sizes = [
        helper.make_tensor(
            f"{name}_shape", TensorProto.INT64, [len(dims)], [side if isinstance(side, int) else 1 for side in dims]
        )
        for name, dims in outputs.items()
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(name, FLOAT, dims) for name, dims in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, dims) for name, dims in outputs.items()],
        [*sizes, *initializers],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, file)
    return file


def elsewhere(location):
    """Returns a weight that is kept in another file."""
    import numpy as np

    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "weight")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def inswapper(file):
    """Writes a graph of inswapper's shape."""
    return saved(file, {"target": (1, 3, 128, 128), "source": (1, 512)}, {"output": (1, 3, 128, 128)})


def swapper_256(file):
    """Writes a graph of the shape that several swappers have."""
    return saved(file, {"source": (1, 512), "target": (1, 3, 256, 256)}, {"output": (1, 3, 256, 256)})
