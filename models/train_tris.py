"""Trains the small CNN of XAI-TRIS on one scenario, measures it on images never seen, and writes it as ONNX.

    node dist/models/tris/generate.js --scenario rigid --background white --out DIR
    python3 models/train_tris.py --data DIR --classes T L --out models/tris/rigid-white.onnx

The network is the authors' (four convolutions of 4x4, 4 to 32 channels, each with ReLU and 2x2 max-pooling, one dense
layer without bias), without the softmax at its end. Needs PyTorch, onnx and NumPy. One thread, a fixed seed.
"""

import argparse
import os
import time

import numpy as np
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F
from export import export_with
from torch import nn

BATCH = 100


def network() -> nn.Module:
    layers: list[nn.Module] = []
    channels = 1
    for width in (4, 8, 16, 32):
        layers += [nn.Conv2d(channels, width, 4, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = width
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(32 * 3 * 3, 2, bias=False))
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight)
    return net


def accuracy(net: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    net.eval()
    with torch.no_grad():
        right = sum(int((net(x).argmax(1) == y).sum()) for x, y in zip(images.split(500), labels.split(500)))
    return right / len(labels)


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the CNN of XAI-TRIS.")
    parser.add_argument("--data", required=True, help="folder that generate.js wrote")
    parser.add_argument("--classes", nargs=2, required=True)
    parser.add_argument("--out", required=True, help="the ONNX file to write")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rate", type=float, default=4e-3, help="largest learning rate of the one-cycle schedule")
    parser.add_argument("--start", help="an ONNX file whose weights are the first ones, instead of random numbers")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    sets = {}
    for name in ("train", "validation", "test"):
        images, labels = (np.load(os.path.join(options.data, f"{name}.{part}.npy")) for part in ("images", "labels"))
        sets[name] = torch.from_numpy(images), torch.from_numpy(labels).long()
    images, labels = sets["train"]
    net = network()
    if options.start:
        start = [onnx.numpy_helper.to_array(each) for each in onnx.load(options.start).graph.initializer]
        # In the order of the layers; the dense layer's matrix is exported turned.
        parts = [part.T if part.ndim == 2 else part for part in start]
        net.load_state_dict({name: torch.from_numpy(part.copy()) for name, part in zip(net.state_dict(), parts, strict=True)})
    optimizer = torch.optim.Adam(net.parameters(), lr=options.rate)
    steps = len(labels) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=options.epochs * steps)
    best, kept = -1.0, net.state_dict()
    began = time.monotonic()
    for epoch in range(options.epochs):
        net.train()
        order = torch.randperm(len(labels))
        losses = []
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            loss = F.cross_entropy(net(images[chosen]), labels[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        right = accuracy(net, *sets["validation"])
        if right > best:
            best, kept = right, {key: value.clone() for key, value in net.state_dict().items()}
        minutes = (time.monotonic() - began) / 60
        print(f"epoch {epoch + 1}/{options.epochs}: loss {np.mean(losses):.3f}, validation accuracy {right:.4f}, {minutes:.1f} min", flush=True)
    net.load_state_dict(kept)
    print(f"test accuracy {accuracy(net, *sets['test']):.4f}")
    export_with(net.eval(), (1, 64, 64), {"salient.labels": options.classes}, options.out)


if __name__ == "__main__":
    main()
