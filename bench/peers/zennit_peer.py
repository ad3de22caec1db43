#!/usr/bin/env python3
"""PyTorch and zennit as a contestant: LRP (and forward passes) of chains of layers read from an ONNX file, on the CPU or
on CUDA. Needs torch, zennit (on PYTHONPATH), onnx and numpy.

usage: zennit_peer.py DEVICE THREADS
"""
import sys

import numpy
import onnx
import onnx.numpy_helper
import torch
from zennit.attribution import Gradient
from zennit.composites import EpsilonAlpha2Beta1, EpsilonAlpha2Beta1Flat, EpsilonGammaBox, EpsilonPlus, EpsilonPlusFlat

from serve import serve

COMPOSITES = {
    'epsilon-plus': EpsilonPlus,
    'epsilon-plus-flat': EpsilonPlusFlat,
    'epsilon-gamma-box': lambda: EpsilonGammaBox(low=-2.2, high=2.7),
    'epsilon-alpha2-beta1': EpsilonAlpha2Beta1,
    'epsilon-alpha2-beta1-flat': EpsilonAlpha2Beta1Flat,
}


def load(path):
    """A chain of Conv, Relu, MaxPool, AveragePool, Flatten and Gemm as a torch.nn.Sequential with the file's weights."""
    graph = onnx.load(path).graph
    weights = {tensor.name: torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy()) for tensor in graph.initializer}
    layers = []
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == 'Conv':
            weight, bias = (weights[name] for name in node.input[1:])
            layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], tuple(weight.shape[2:]),
                                    stride=tuple(attributes['strides']), padding=tuple(attributes['pads'][:2]))
        elif node.op_type == 'Gemm':
            weight, bias = (weights[name] for name in node.input[1:])
            layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
        elif node.op_type == 'Relu':
            layer = torch.nn.ReLU()
        elif node.op_type == 'Flatten':
            layer = torch.nn.Flatten()
        elif node.op_type in ('MaxPool', 'AveragePool'):
            make = torch.nn.MaxPool2d if node.op_type == 'MaxPool' else torch.nn.AvgPool2d
            layer = make(tuple(attributes['kernel_shape']), stride=tuple(attributes['strides']))
        else:
            raise ValueError(f'{node.op_type} is not known here')
        if node.op_type in ('Conv', 'Gemm'):
            layer.weight.data, layer.bias.data = weight, bias
        layers.append(layer)
    model = torch.nn.Sequential(*layers).eval()
    for parameter in model.parameters():
        parameter.requires_grad = False
    return model


def main(device, threads):
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    models = {}

    def open_program(request):
        if request['model'] not in models:
            models[request['model']] = load(request['model']).to(device)
        model = models[request['model']]
        images = torch.from_numpy(numpy.load(request['input'])).to(device)

        def forward():
            with torch.no_grad():
                return model(images).cpu().numpy()

        def predicted(logits):
            return logits * torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1])

        def explain():
            with Gradient(model=model, composite=COMPOSITES[request['program']]()) as attributor:
                _, relevance = attributor(images, predicted)
            return relevance.detach().cpu().numpy()

        return forward if request['program'] == 'forward' else explain

    where = torch.cuda.get_device_name() if device == 'cuda' else f'CPU, {threads} threads'
    serve(f'PyTorch {torch.__version__} + zennit, {where}', open_program)


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]))
