#!/usr/bin/env python3
"""Makes the reference tensors of this folder again: see README.md.

Needs PyTorch, torchvision, onnx, numpy and zennit 0.5.1.
usage: python3 test/golden/generate.py FOLDER
"""

import pathlib
import sys

import numpy as np
import onnx  # noqa: F401  (the exporter's own check needs it; better to miss it here than half-way)
import saliency
import torch
import torchvision
from torch import nn
from zennit.attribution import Gradient
from zennit.composites import EpsilonAlpha2Beta1, EpsilonGammaBox, EpsilonPlus, EpsilonPlusFlat
from zennit.layer import Sum

COMPOSITES = {
    "epsilon-plus": EpsilonPlus,
    "epsilon-plus-flat": EpsilonPlusFlat,
    "epsilon-gamma-box": lambda: EpsilonGammaBox(low=-2.0, high=2.0),
    "epsilon-alpha2-beta1": EpsilonAlpha2Beta1,
}


# The minis on which other methods are compared.
METHODS_OF = ("mini-vgg-bn", "mini-residual")


def hash_of(text):
    """32-bit FNV-1a of the text's UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def uniform(name, shape):
    """Multiples of 2^-24 in [0, 1) that follow from the name and the index alone: src/onnx/synthetic.ts has the same."""
    x = np.arange(np.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1) ^ np.uint32(hash_of(name))
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return ((x >> np.uint32(8)) / 2**24).reshape(shape)


def parameter(name, shape):
    """Weights: He-uniform, the fan-in being the product of all dimensions but the first; one dimension: within 0.05."""
    bound = 0.05 if len(shape) == 1 else np.sqrt(6.0 / np.prod(shape[1:]))
    return ((2 * uniform(name, shape) - 1) * bound).astype(np.float32)


def norm_parameter(name, shape):
    """Scales and variances in [0.5, 1.5), shifts and means in [-0.1, 0.1)."""
    u = uniform(name, shape)
    return (u + 0.5 if name.endswith(("weight", "var")) else (u - 0.5) / 5).astype(np.float32)


def network_input(network, shape):
    """A preprocessed picture, as it were: in [-2, 2)."""
    return ((2 * uniform(f"{network}.input", shape) - 1) * 2).astype(np.float32)


def conv(inputs, outputs, kernel=3, **options):
    return nn.Conv2d(inputs, outputs, kernel, **{"padding": kernel // 2, **options})


class Fire(nn.Module):
    def __init__(self, inputs, squeezed, expanded):
        super().__init__()
        self.squeeze, self.relu = conv(inputs, squeezed, 1), nn.ReLU()
        self.expand1, self.relu1 = conv(squeezed, expanded, 1), nn.ReLU()
        self.expand3, self.relu3 = conv(squeezed, expanded, 3), nn.ReLU()

    def forward(self, x):
        x = self.relu(self.squeeze(x))
        return torch.cat([self.relu1(self.expand1(x)), self.relu3(self.expand3(x))], 1)


class Residual(nn.Module):
    """With `add`, zennit's module for sums; without, the plain sum that becomes Add in the file."""

    def __init__(self, channels, add):
        super().__init__()
        self.conv1, self.bn1, self.relu1 = conv(channels, channels, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        self.conv2, self.bn2, self.relu2 = conv(channels, channels, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        self.add = Sum() if add else None

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu1(self.bn1(self.conv1(x)))))
        return self.relu2(x + y if self.add is None else self.add(torch.stack([x, y], -1)))


def residual(add):
    blocks = [Residual(8, add), Residual(8, add)]
    return nn.Sequential(conv(3, 8), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))


def minis():
    """By name, a network as zennit takes it and as it is exported: what AlexNet and VGG-16 do not have."""
    normalised = nn.Sequential(
        *(conv(3, 8), nn.BatchNorm2d(8), nn.ReLU(), conv(8, 8), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
        *(conv(8, 16), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(16 * 64, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10)),
    )
    strided = nn.Sequential(
        *(nn.Conv2d(3, 12, 7, stride=3, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)),
        *(nn.Conv2d(12, 12, 3, padding=2, dilation=2, groups=3), nn.ReLU()),
        *(nn.Conv2d(12, 8, (1, 3), padding=(0, 1)), nn.ReLU(), nn.AvgPool2d(2, 1)),
        *(nn.Conv2d(8, 8, 2, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(32, 10)),
    )
    fire = nn.Sequential(
        *(nn.Conv2d(3, 8, 3, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)),
        *(Fire(8, 4, 8), Fire(16, 4, 8), nn.Dropout()),
        *(conv(16, 10, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
    )
    yield "mini-vgg-bn", normalised, normalised
    yield "mini-strided", strided, strided
    yield "mini-fire", fire, fire
    yield "mini-residual", residual(True), residual(False)


def mini_state(name, network):
    state = network.state_dict()
    for key, value in state.items():
        if value.dtype != torch.float32:
            continue
        module = key.rsplit(".", 1)[0]
        fill = norm_parameter if f"{module}.running_var" in state else parameter
        state[key] = torch.from_numpy(fill(f"{name}.{key}", tuple(value.shape)))
    return state


def merge_norms(network):
    """Merges BatchNorm into the convolution before it, exactly; zennit's own way leaves 1/sqrt(1 + eps) behind."""
    for block in network.modules():
        children = list(block.named_children())
        for (first, layer), (second, norm) in zip(children, children[1:]):
            if isinstance(norm, nn.BatchNorm2d):
                setattr(block, first, torch.nn.utils.fusion.fuse_conv_bn_eval(layer, norm))
                setattr(block, second, nn.Identity())


def relevance(network, x, composite):
    """zennit's relevance in float64, from each row's largest logit; and the logits."""
    logits = network(x).detach()
    target = torch.eye(logits.shape[1], dtype=torch.double)[logits.argmax(1)]
    with Gradient(model=network, composite=composite) as attributor:
        _, result = attributor(x, lambda output: output * target)
    return logits.numpy(), result.detach().numpy().astype(np.float32)


def guided(_, grads, arriving):
    return (grads[0].clamp(min=0),)


def deconvolved(_, grads, arriving):
    return (arriving[0].clamp(min=0),)


def gradient_of(network, x, hook=None, layer=None):
    """The gradient of each row's largest logit, and what `layer` gave with its own gradient. `hook` is set at each ReLU."""
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    hooks = [relu.register_full_backward_hook(hook) for relu in relus] if hook else []
    seen = []
    if layer is not None:
        hooks.append(layer.register_forward_hook(lambda _, __, output: (output.retain_grad(), seen.append(output))[0]))
    x = x.clone().requires_grad_()
    network(x).max(1).values.sum().backward()
    for each in hooks:
        each.remove()
    return x.grad, *seen


def last_plane(network, x):
    """The last ReLU that gives planes."""
    planes = []
    hooks = [
        module.register_forward_hook(lambda module, _, output: planes.append(module) if output.ndim == 4 else None)
        for module in network.modules()
        if isinstance(module, nn.ReLU)
    ]
    network(x)
    for each in hooks:
        each.remove()
    return planes[-1]


def make_methods(folder, name, network, x):
    """Methods by PyTorch's autograd in float64."""
    methods = {"gradient": None, "guided-backprop": guided, "deconvnet": deconvolved}
    for method, hook in methods.items():
        np.save(folder / f"{name}.{method}.npy", gradient_of(network, x, hook)[0].numpy().astype(np.float32))
    _, planes = gradient_of(network, x, layer=last_plane(network, x))
    cam = (planes.grad.mean((2, 3), keepdim=True) * planes).sum(1, keepdim=True).clamp(min=0)
    cam = nn.functional.interpolate(cam, x.shape[2:], mode="bilinear", align_corners=False)
    np.save(folder / f"{name}.grad-cam.npy", (cam.expand_as(x) / 3).detach().numpy().astype(np.float32))


def make_concepts(folder, name, network, x):
    """Conditional relevance (Achtibat et al. 2023) by zennit: that of the third ReLU that gives planes, and what passes
    through its channels 1 and 5 alone, each by itself."""
    planes = [each for each in network.modules() if isinstance(each, nn.ReLU)][2]
    target = torch.eye(10, dtype=torch.double)[network(x).argmax(1)]
    arrived, maps = [], []
    for channel in (None, 1, 5):
        with Gradient(model=network, composite=EpsilonPlus()) as attributor:
            def through(_, __, output):
                def mask(gradient):
                    if channel is None:
                        arrived.append(gradient)
                        return gradient
                    keep = torch.zeros_like(gradient)
                    keep[:, channel] = 1
                    return gradient * keep

                output.register_hook(mask)

            hook = planes.register_forward_hook(through)
            _, result = attributor(x, lambda output: output * target)
            hook.remove()
            maps.append(result.detach())
    np.save(folder / f"{name}.concepts.layer.npy", arrived[0].numpy().astype(np.float32))
    np.save(folder / f"{name}.concepts.npy", torch.stack(maps[1:], 1).numpy().astype(np.float32))


def make_mini(folder, name, network, exported):
    state = mini_state(name, network)
    for one in (network, exported):
        one.load_state_dict(state)
        one.eval()
    x = network_input(name, (2, 3, 32, 32))
    np.save(folder / f"{name}.input.npy", x)
    torch.onnx.export(
        exported,
        torch.from_numpy(x),
        str(folder / f"{name}.onnx"),
        opset_version=13,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE,  # otherwise the exporter merges BatchNorm
    )
    network.double()
    merge_norms(network)
    for composite, make in COMPOSITES.items():
        logits, result = relevance(network, torch.from_numpy(x).double(), make())
        np.save(folder / f"{name}.logits.npy", logits)
        np.save(folder / f"{name}.{composite}.npy", result)
    if name in METHODS_OF:
        make_methods(folder, name, network, torch.from_numpy(x).double())
        make_concepts(folder, name, network, torch.from_numpy(x).double())


def make_alexnet(folder):
    network = torchvision.models.alexnet(weights=None).eval()
    with torch.no_grad():
        for name, value in network.named_parameters():
            value.copy_(torch.from_numpy(parameter(name, tuple(value.shape))))
            value.requires_grad = False
    x = torch.from_numpy(network_input("alexnet", (1, 3, 224, 224))).double()
    _, result = relevance(network.double(), x, EpsilonPlus())
    np.save(folder / "alexnet.epsilon-plus.npy", result[0])


def make_blobs(folder):
    """Something like relevance: two objects of unequal strength on weak noise of both signs."""
    y, x = np.mgrid[:160, :240]

    def blob(top, left, height, width):
        return np.exp(-(((y - top) / height) ** 2) - ((x - left) / width) ** 2)

    channels = [
        0.9 * blob(60, 70, 18, 25) + 0.5 * blob(110, 180, 12, 10),
        0.7 * blob(60, 70, 16, 22) + 0.6 * blob(110, 180, 14, 12),
        0.5 * blob(62, 74, 18, 25) + 0.7 * blob(110, 180, 12, 10),
    ]
    texture = 0.6 + 0.4 * np.sin(x * 0.9) * np.cos(y * 0.7)
    noise = uniform("blobs.noise", (3, 160, 240)) - 0.5
    np.save(folder / "blobs.map.npy", (np.stack(channels) * texture + 0.15 * noise).astype(np.float32))


def make_saliency(folder, relevance_map, planes, result):
    salient = saliency.salient_relevance(np.load(folder / f"{relevance_map}.npy"), planes)
    np.save(folder / f"{result}.npy", salient.astype(np.float32))


if __name__ == "__main__":
    target_folder = pathlib.Path(sys.argv[1])
    target_folder.mkdir(parents=True, exist_ok=True)
    for mini in minis():
        make_mini(target_folder, *mini)
    make_alexnet(target_folder)
    make_blobs(target_folder)
    make_saliency(target_folder, "alexnet.epsilon-plus", "sum", "alexnet.epsilon-plus.sum.sr")
    for kind in ("sum", "paper"):
        make_saliency(target_folder, "blobs.map", kind, f"blobs.{kind}.sr")
