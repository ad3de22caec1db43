#!/usr/bin/env python3
"""Conditional relevance (Achtibat et al. 2023) in plain PyTorch, float64: through some channels of a layer, from a unit
inside the network, and from a class at some pixels. Written apart from src/ and without zennit.

It reads mini-*.onnx and their inputs in FOLDER, makes *.start.npy and mini-fcn.*, and prints how far its maps through
single channels are from zennit's (*.concepts.npy, made by generate.py).
Rules are those of `epsilon-plus`: z-plus for convolutions, epsilon for dense layers, shares of the sum for sums, means and
resizing, the winner for max pooling.
Needs PyTorch, onnx and numpy.   usage: python3 test/golden/conditions.py FOLDER
"""
import pathlib
import sys

import numpy
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional

EPSILON = 1e-6
NETWORKS = ("mini-vgg-bn", "mini-residual")
# Channels of the third ReLU, each by itself; a unit of it, and one of its channels whole.
CHANNELS = (1, 5)
STARTS = ((3, (5, 9)), (6, None))


def stabilized(z):
    return z + torch.where(z < 0, -EPSILON, EPSILON)


def transposed(function, a, s):
    """The transpose of a linear function, applied to s: the gradient of ⟨function(a), s⟩."""
    a = a.detach().clone().requires_grad_()
    return torch.autograd.grad(function(a), a, s)[0]


def share(function, a, relevance):
    """The epsilon rule: a·fᵀ(R / stab(f(a)))."""
    return a * transposed(function, a, relevance / stabilized(function(a)))


class Network:
    """A chain or graph of few operators out of an ONNX file; BatchNormalization merged into the convolution before it."""

    def __init__(self, path):
        graph = onnx.load(str(path)).graph
        self.constants = {c.name: torch.tensor(numpy_helper.to_array(c)) for c in graph.initializer}
        self.nodes = list(graph.node)
        self.output = graph.output[0].name
        for node in self.nodes:
            if node.op_type == "Constant":
                self.constants[node.output[0]] = torch.tensor(numpy_helper.to_array(node.attribute[0].t))
        self.parameters = {}
        for node in self.nodes:
            if node.op_type in ("Conv", "Gemm"):
                weight, bias = [self.constants[name].double() for name in node.input[1:]] + [None][: 3 - len(node.input)]
                bias = torch.zeros(len(weight)).double() if bias is None else bias
                self.parameters[node.output[0]] = (weight, bias)
            if node.op_type == "BatchNormalization":
                scale, shift, mean, variance = (self.constants[name].double() for name in node.input[1:5])
                factor = scale / torch.sqrt(variance + attributes(node).get("epsilon", 1e-5))
                weight, bias = self.parameters[node.input[0]]
                merged = (weight * factor.view(-1, 1, 1, 1), (bias - mean) * factor + shift)
                self.parameters[node.input[0]] = merged

    def relus(self, values):
        """The ReLUs that give planes, in order: what the others start from and stop at."""
        names = [node.output[0] for node in self.nodes if node.op_type == "Relu"]
        return [name for name in names if values[name].ndim == 4]

    def linear(self, node, values):
        """A node's function of its first input, for those that are linear (or, with a bias, affine)."""
        options, operator = attributes(node), node.op_type
        if operator == "Conv":
            weight, bias = self.parameters[node.output[0]]
            (top, left, bottom, right), stride = options.get("pads", [0] * 4), options.get("strides", [1, 1])
            assert (top, left) == (bottom, right) and options.get("group", 1) == 1
            return lambda a, w=weight, b=bias: functional.conv2d(a, w, b, stride, (top, left))
        if operator == "Gemm":
            weight, bias = self.parameters[node.output[0]]
            return lambda a: functional.linear(a, weight, bias)
        if operator in ("GlobalAveragePool", "AveragePool"):
            return lambda a: functional.adaptive_avg_pool2d(a, values[node.output[0]].shape[2:] if node.output[0] in values else 1)
        if operator == "Resize":
            assert options["mode"] == b"linear" and options["coordinate_transformation_mode"] != b"align_corners"
            return lambda a: functional.interpolate(a, (32, 32), mode="bilinear", align_corners=False)
        return None

    def forward(self, x):
        values = {"input": x}
        for node in self.nodes:
            a = values.get(node.input[0]) if node.input else None
            if node.op_type in ("Dropout", "BatchNormalization", "Identity"):
                result = a
            elif node.op_type == "Relu":
                result = a.clamp(min=0)
            elif node.op_type == "MaxPool":
                result = max_pool(node)(a)
            elif node.op_type == "Flatten":
                result = a.flatten(1)
            elif node.op_type == "Add":
                result = a + values[node.input[1]]
            else:
                function = self.linear(node, values)
                if function is None or a is None:
                    continue  # arithmetic of shapes
                result = function(a)
            values[node.output[0]] = result
        return values

    def relevance(self, values, start, channels=None):
        """Relevance of every value from `start` (a value's name and what it is given); `channels` masks values."""
        arrived = {start[0]: start[1]}
        for node in reversed(self.nodes):
            output = node.output[0]
            if output not in arrived or output not in values:
                continue
            if channels and output in channels:
                mask = torch.zeros(values[output].shape[1]).double()
                mask[channels[output]] = 1
                arrived[output] = arrived[output] * mask.view(-1, 1, 1)
            for name, part in self.back(node, values, arrived[output]):
                arrived[name] = arrived[name] + part if name in arrived else part
        return arrived

    def back(self, node, values, relevance):
        name = node.input[0]
        a = values[name]
        if node.op_type == "Conv":
            weight, bias = self.parameters[node.output[0]]
            conv = self.linear(node, values)
            parts = ((a.clamp(min=0), weight.clamp(min=0)), (a.clamp(max=0), weight.clamp(max=0)))
            z = conv(*parts[0], bias.clamp(min=0)) + conv(*parts[1], None)
            s = relevance / stabilized(z)
            return [(name, sum(x * transposed(lambda y, w=w: conv(y, w, None), x, s) for x, w in parts))]
        if node.op_type == "Add":
            s = relevance / stabilized(values[node.output[0]])
            return [(each, values[each] * s) for each in node.input]
        if node.op_type == "MaxPool":
            return [(name, transposed(max_pool(node), a, relevance))]
        function = self.linear(node, values)
        return [(name, relevance.reshape(a.shape) if function is None else share(function, a, relevance))]


def attributes(node):
    return {each.name: onnx.helper.get_attribute_value(each) for each in node.attribute}


def max_pool(node):
    options = attributes(node)
    return lambda a: functional.max_pool2d(a, options["kernel_shape"], options["strides"])


def largest(logits):
    """Each row's largest logit, nothing elsewhere."""
    return logits * functional.one_hot(logits.argmax(1), logits.shape[1])


def save(path, maps):
    numpy.save(path, torch.stack(maps, 1).numpy().astype(numpy.float32))


def make_conditions(folder, name):
    network = Network(folder / f"{name}.onnx")
    values = network.forward(torch.from_numpy(numpy.load(folder / f"{name}.input.npy")).double())
    layer = network.relus(values)[2]
    target = (network.output, largest(values[network.output]))
    maps = [network.relevance(values, target, {layer: [channel]})["input"] for channel in CHANNELS]
    for found, file in ((torch.stack(maps, 1), "concepts"), (network.relevance(values, target)[layer], "concepts.layer")):
        expected = numpy.load(folder / f"{name}.{file}.npy")
        error = numpy.linalg.norm(found.numpy() - expected) / numpy.linalg.norm(expected)
        print(f"{name}.{file}: {error:.1e} from zennit's")
    starts = []
    for channel, position in STARTS:
        at = torch.zeros_like(values[layer])
        at[(slice(None), channel, *(position or ()))] = 1
        starts.append(network.relevance(values, (layer, values[layer] * at))["input"])
        print(f"{name}, channel {channel}, {position}: starts with {(values[layer] * at).sum((1, 2, 3)).tolist()}")
    save(folder / f"{name}.start.npy", starts)


def make_spatial(folder):
    """A small network as FCN is built: convolutions, class scores at a quarter of the size, enlarged to the input's."""
    torch.manual_seed(1)
    network = nn.Sequential(
        *(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 12, 3, padding=1, stride=2), nn.ReLU()),
        *(nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 6, 1)),
        nn.Upsample((32, 32), mode="bilinear", align_corners=False),
    ).eval()
    x = 2 * torch.rand(2, 3, 32, 32) - 1
    numpy.save(folder / "mini-fcn.input.npy", x.numpy())
    path = folder / "mini-fcn.onnx"
    torch.onnx.export(
        *(network, x[:1], str(path)), opset_version=13, input_names=["input"], output_names=["logits"]
    )
    read = Network(path)
    values = read.forward(x.double())
    logits = values[read.output]
    assert torch.allclose(logits, network.double()(x.double()), atol=1e-12)
    # Class 2 at row 9, column 20; class 4 in a box; class 1 on a disk.
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    regions = ((2, (y == 9) & (x == 20)), (4, (y >= 4) & (y < 20) & (x >= 6) & (x < 18)), (1, (y - 16) ** 2 + (x - 12) ** 2 < 64))
    maps = []
    for category, region in regions:
        start = torch.zeros_like(logits)
        start[:, category] = logits[:, category] * region / region.sum()
        maps.append(read.relevance(values, (read.output, start))["input"])
    save(folder / "mini-fcn.spatial.npy", maps)


if __name__ == "__main__":
    target_folder = pathlib.Path(sys.argv[1])
    for mini in NETWORKS:
        make_conditions(target_folder, mini)
    make_spatial(target_folder)
