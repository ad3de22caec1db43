#!/usr/bin/env python3
"""Writes torchvision's networks as ONNX files with random weights, each with an input, for `npm run zoo`.
Needs torch and torchvision.

BatchNorm's statistics and parameters are random too: with the usual 0 and 1 a wrong merge would not show.
usage: models/zoo/export.py FOLDER [NAME...]
"""
import sys
from pathlib import Path

import numpy
import torch
import torchvision.models as models
from torch import nn

CLASSIFIERS = """alexnet vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn resnet18 resnet34 resnet50 resnet101
resnet152 resnext50_32x4d wide_resnet50_2 densenet121 densenet169 inception_v3 googlenet squeezenet1_0 squeezenet1_1
mobilenet_v2 mobilenet_v3_small mobilenet_v3_large shufflenet_v2_x1_0 mnasnet1_0 efficientnet_b0 efficientnet_v2_s
regnet_x_400mf regnet_y_400mf convnext_tiny vit_b_16 swin_t""".split()
# Exported with their BatchNorms; the exporter merges the others' into the convolutions. Users have files of both kinds.
UNMERGED = ["vgg16_bn", "resnet18", "resnet101", "densenet121", "googlenet", "mobilenet_v2"]
SEGMENTATION = ["fcn_resnet50", "deeplabv3_resnet50", "lraspp_mobilenet_v3_large"]
DETECTION = ["ssd300_vgg16", "ssdlite320_mobilenet_v3_large"]


class Output(nn.Module):
    """A segmentation network's scores alone."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["out"]


class Heads(nn.Module):
    """A detector up to its boxes: class scores and box offsets of every anchor."""

    def __init__(self, network):
        super().__init__()
        self.backbone, self.head = network.backbone, network.head

    def forward(self, x):
        heads = self.head(list(self.backbone(x).values()))
        return heads["cls_logits"], heads["bbox_regression"]


def build(name):
    """The network and the side of its square input."""
    if name in SEGMENTATION:
        return Output(getattr(models.segmentation, name)(weights=None, weights_backbone=None)), 224
    if name in DETECTION:
        return Heads(getattr(models.detection, name)(weights=None, weights_backbone=None)), int(name[3:].lstrip("lite")[:3])
    if name == "inception_v3":
        return models.inception_v3(weights=None, transform_input=True, aux_logits=False, init_weights=False), 299
    if name == "googlenet":
        return models.googlenet(weights=None, transform_input=True, aux_logits=False, init_weights=False), 224
    return getattr(models, name)(weights=None), 224


def randomise(network):
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, 0, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    for name, parameter in network.named_parameters():
        # A vision transformer's head starts at zero, and would say nothing.
        if parameter.ndim == 2 and not parameter.any():
            nn.init.normal_(parameter, 0, 0.05)
        # ConvNeXt's 1e-6 would leave its blocks without any influence.
        if name.endswith("layer_scale"):
            nn.init.uniform_(parameter, 0.5, 1)


def network_and_input(name):
    """The network in evaluation mode, and an input [1,3,H,W]; the same in every run."""
    torch.manual_seed(1)
    network, side = build(name)
    randomise(network)
    return network.eval(), torch.randn(1, 3, side, side)


def export(name, folder):
    path = folder / f"{name}.onnx"
    part = path.with_suffix(".part")
    network, image = network_and_input(name)
    numpy.save(folder / f"{name}.input.npy", image.numpy())
    mode = torch.onnx.TrainingMode.PRESERVE if name in UNMERGED else torch.onnx.TrainingMode.EVAL
    # With gradients on: without them torch 1.13 takes a fused attention that it cannot export.
    torch.onnx.export(network, image, str(part), opset_version=16, training=mode)
    part.rename(path)
    print(f"{name}: {path.stat().st_size / 1e6:.1f} MB", flush=True)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or CLASSIFIERS + SEGMENTATION + DETECTION:
        if (folder / f"{name}.onnx").exists():
            continue
        try:
            export(name, folder)
        except Exception as error:  # One network that torch cannot export must not cost the others.
            print(f"{name}: not exported: {str(error).splitlines()[0][:200]}", flush=True)


if __name__ == "__main__":
    main()
