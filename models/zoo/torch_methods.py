#!/usr/bin/env python3
"""Gradient methods on the networks of export.py by PyTorch's autograd in float64, as FOLDER/NAME.METHOD.npy, of the
largest logit. Networks whose ReLUs are modules.
Needs torch and torchvision.   usage: models/zoo/torch_methods.py FOLDER [NAME...]
"""
import sys
from pathlib import Path

import numpy
import torch
from torch import nn

from export import network_and_input

NAMES = ("resnet18", "squeezenet1_1", "vgg16_bn")

HOOKS = {
    "gradient": None,
    # Springenberg et al. 2015: what arrives, where it is positive and the unit was active.
    "guided-backprop": lambda _, grads, __: (grads[0].clamp(min=0),),
    # Zeiler & Fergus 2014: what arrives, where it is positive.
    "deconvnet": lambda _, __, arriving: (arriving[0].clamp(min=0),),
}


def method(network, image, hook):
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    hooks = [relu.register_full_backward_hook(hook) for relu in relus] if hook else []
    image = image.clone().requires_grad_()
    network(image).max(1).values.sum().backward()
    for each in hooks:
        each.remove()
    return image.grad


def main():
    folder = Path(sys.argv[1])
    for name in sys.argv[2:] or NAMES:
        network, image = network_and_input(name)
        network, image = network.double(), image.double()
        for module in network.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False
        for which, hook in HOOKS.items():
            numpy.save(folder / f"{name}.{which}.npy", method(network, image, hook).numpy())
        print(name, flush=True)


main()
