"""Chains of layers from ONNX files as torch.nn.Sequential. Reads protocol buffers itself: torch and numpy are enough."""
import mmap

import numpy
import torch


def fields(data):
    """(number, value) of each field of a message: integers, or views of bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        number, kind = key >> 3, key & 7
        if kind == 0:
            yield number, varint()
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            yield number, data[at:at + size]
            at += size


def grouped(data):
    """The values of each field of a message, by number."""
    groups = {}
    for number, value in fields(data):
        groups.setdefault(number, []).append(value)
    return groups


def integers(values):
    """A repeated integer field, packed or not."""
    result = []
    for value in values:
        if isinstance(value, int):
            result.append(value)
        else:  # packed varints: as fields without keys
            number = shift = 0
            for byte in value:
                number |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80:
                    result.append(number)
                    number = shift = 0
    return result


def text(value):
    return bytes(value).decode()


def tensor(data):
    """Name and numbers of a float32 TensorProto with raw data."""
    message = grouped(data)
    numbers = numpy.frombuffer(message[9][0], '<f4').reshape(integers(message.get(1, [])))
    return text(message[8][0]), torch.from_numpy(numbers.copy())


def attributes(node):
    """The integer attributes of a NodeProto, each as a list."""
    messages = [grouped(data) for data in node.get(5, [])]
    return {text(message[1][0]): integers(message.get(8, message.get(3, []))) for message in messages}


def load(path):
    """Conv, Relu, MaxPool, AveragePool, Flatten and Gemm (weights [out,in]) as a torch.nn.Sequential."""
    with open(path, 'rb') as file:
        graph = grouped(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))[7][0]
    graph = grouped(graph)
    weights = dict(tensor(data) for data in graph[5])
    layers = []
    for node in map(grouped, graph[1]):
        operator, inputs, given = text(node[4][0]), [text(name) for name in node[1]], attributes(node)
        if operator == 'Conv':
            weight, bias = (weights[name] for name in inputs[1:])
            layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]),
                                    stride=tuple(given['strides']), padding=tuple(given['pads'][:2]))
        elif operator == 'Gemm':
            weight, bias = (weights[name] for name in inputs[1:])
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
        elif operator == 'Relu':
            layer = torch.nn.ReLU()
        elif operator == 'Flatten':
            layer = torch.nn.Flatten()
        elif operator in ('MaxPool', 'AveragePool'):
            make = torch.nn.MaxPool2d if operator == 'MaxPool' else torch.nn.AvgPool2d
            layer = make(tuple(given['kernel_shape']), stride=tuple(given['strides']))
        else:
            raise ValueError(f'{operator} is not known here')
        if operator in ('Conv', 'Gemm'):
            layer.weight.data, layer.bias.data = weight, bias
        layers.append(layer)
    model = torch.nn.Sequential(*layers).eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
    return model
