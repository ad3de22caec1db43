#!/usr/bin/env python3
"""Relevance of the networks of export.py by zennit's EpsilonPlus in float64, as FOLDER/NAME.relevance.npy.

zennit 0.5.1 merges a BatchNorm by setting its variance to 1, and keeps its eps of 1e-5: on ResNet-18 that alone makes
1e-3. Here eps becomes 0 with the variance, so that the merge is exact.
Needs torch, torchvision and zennit.   usage: models/zoo/zennit_relevance.py FOLDER [NAME...]
"""
import sys
from pathlib import Path

import numpy
import torch
from zennit import canonizers
from zennit.attribution import Gradient
from zennit.composites import EpsilonPlus
from zennit.torchvision import ResNetCanonizer, VGGCanonizer

from export import network_and_input

CANONIZERS = {
    **{name: VGGCanonizer for name in ("vgg11", "vgg11_bn", "vgg16", "vgg16_bn")},
    **{name: ResNetCanonizer for name in ("resnet18", "resnet34", "resnet50", "resnet101", "wide_resnet50_2", "resnext50_32x4d")},
    "alexnet": VGGCanonizer,
    "squeezenet1_1": VGGCanonizer,
}


merge = canonizers.MergeBatchNorm.merge_batch_norm


def exact_merge(linears, batch_norm):
    merge(linears, batch_norm)
    batch_norm.eps = 0.0


canonizers.MergeBatchNorm.merge_batch_norm = staticmethod(exact_merge)


def predicted(logits):
    return logits * torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1])


def main():
    folder = Path(sys.argv[1])
    for name in sys.argv[2:] or CANONIZERS:
        network, image = network_and_input(name)
        network, image = network.double(), image.double()
        with Gradient(model=network, composite=EpsilonPlus(canonizers=[CANONIZERS[name]()])) as attributor:
            logits, relevance = attributor(image, predicted)
        numpy.save(folder / f"{name}.relevance.npy", relevance.numpy())
        print(f"{name}: class {int(logits.argmax())}, relevance sums to {float(relevance.sum()):.6f}", flush=True)


main()
