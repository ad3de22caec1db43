"""The two bundled networks: shaped as VGG and as AlexNet, with torchvision's names, for 128x128 pictures."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Network(nn.Module):
    """Convolutional `features`, then dense layers in `classifier`."""

    def __init__(self, features: nn.Sequential, classifier: nn.Sequential):
        super().__init__()
        self.features = features
        self.classifier = classifier

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(self.features(x), 1))


class LocalResponseNorm(nn.LocalResponseNorm):
    """torch's layer, which exports as the ONNX operator LRN instead of a dozen small ones."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if torch.onnx.is_in_onnx_export():
            return _LrnOperator.apply(x, self.size, self.alpha, self.beta, self.k)
        return super().forward(x)


class _LrnOperator(torch.autograd.Function):
    @staticmethod
    def forward(_ctx, x, size, alpha, beta, k):
        return F.local_response_norm(x, size, alpha, beta, k)

    @staticmethod
    def symbolic(graph, x, size, alpha, beta, k):
        # Both definitions divide alpha by size.
        output = graph.op("LRN", x, size_i=size, alpha_f=alpha, beta_f=beta, bias_f=k)
        output.setType(x.type())
        return output


def vgg(classes: int) -> Network:
    """3x3 convolutions in blocks between 2x2 max-pools, as Simonyan and Zisserman (2015), at an eighth of the width."""
    layers: list[nn.Module] = []
    channels = 3
    for block in [(16, 16), (32, 32), (64, 64), (96,), (128,)]:
        for width in block:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    classifier = [nn.Linear(128 * 4 * 4, 256), nn.ReLU(inplace=True), nn.Dropout(0.4), nn.Linear(256, classes)]
    return Network(nn.Sequential(*layers), nn.Sequential(*classifier))


def alexnet(classes: int) -> Network:
    """Large strided first convolution, LRN, overlapping pools, two groups, as Krizhevsky et al. (2012), narrower."""
    features = nn.Sequential(
        nn.Conv2d(3, 48, 11, stride=4, padding=2),  # 31x31
        nn.ReLU(inplace=True),
        LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0),
        nn.MaxPool2d(3, stride=2),  # 15x15
        nn.Conv2d(48, 96, 5, padding=2, groups=2),
        nn.ReLU(inplace=True),
        LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1.0),
        nn.MaxPool2d(3, stride=2),  # 7x7
        nn.Conv2d(96, 144, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(144, 144, 3, padding=1, groups=2),
        nn.ReLU(inplace=True),
        nn.Conv2d(144, 96, 3, padding=1, groups=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, stride=2),  # 3x3
    )
    classifier = nn.Sequential(
        nn.Dropout(0.3),
        nn.Linear(96 * 3 * 3, 384),
        nn.ReLU(inplace=True),
        nn.Dropout(0.3),
        nn.Linear(384, 192),
        nn.ReLU(inplace=True),
        nn.Linear(192, classes),
    )
    return Network(features, classifier)


NETWORKS = {"vgg": vgg, "alexnet": alexnet}


def with_batch_norm(network: Network) -> Network:
    """The network as it is trained: every convolution followed by batch normalisation."""
    layers: list[nn.Module] = []
    for layer in network.features:
        layers.append(layer)
        if isinstance(layer, nn.Conv2d):
            layers.append(nn.BatchNorm2d(layer.out_channels))
    return Network(nn.Sequential(*layers), network.classifier)


def merge_batch_norm(network: Network) -> Network:
    """The trained network as it is used: every batch normalisation merged into the convolution before it."""
    network.eval()
    layers: list[nn.Module] = []
    for layer in network.features:
        if isinstance(layer, nn.BatchNorm2d):
            layers[-1] = fuse_conv_bn_eval(layers[-1], layer)
        else:
            layers.append(layer)
    return Network(nn.Sequential(*layers), network.classifier).eval()
