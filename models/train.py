"""Trains one of the bundled networks on rendered scenes, measures it on scenes never seen, and writes it as ONNX.

    node dist/models/scenes/generate.js --count 12000 --first-seed 0 --out DIR/train
    node dist/models/scenes/generate.js --count 2000 --first-seed 1000000 --out DIR/validation
    node dist/models/scenes/generate.js --count 2000 --first-seed 2000000 --out DIR/test
    python3 models/train.py --network vgg --epochs 10 --scenes DIR --out models/scenes-vgg.onnx

Needs PyTorch, onnx and NumPy. One thread, a fixed seed: on one machine a second run gives the same weights; on another
the last digits of sums differ, and so do the weights a little.
"""

import argparse
import json
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from export import export, normalised
from networks import NETWORKS, Network, merge_batch_norm, with_batch_norm

BATCH = 48


class Scenes:
    """One of the three sets: images uint8 [N,H,W,3] and labels int64 [N]."""

    def __init__(self, folder: str):
        self.images = torch.from_numpy(np.load(os.path.join(folder, "images.npy")))
        self.labels = torch.from_numpy(np.load(os.path.join(folder, "labels.npy"))).long()
        with open(os.path.join(folder, "classes.json"), encoding="utf-8") as file:
            self.classes: list[str] = json.load(file)


def augmented(x: torch.Tensor) -> torch.Tensor:
    """Each picture mirrored or not, its colour channels in any order, shifted by up to 12 pixels, relit."""
    n, _, height, width = x.shape
    reach = 12
    padded = F.pad(x, (reach, reach, reach, reach), mode="reflect")
    shifts = torch.randint(0, 2 * reach + 1, (n, 2)).tolist()
    result = torch.empty_like(x)
    for i, (dy, dx) in enumerate(shifts):
        picture = padded[i, torch.randperm(3), dy : dy + height, dx : dx + width]
        result[i] = picture.flip(2) if torch.rand(()) < 0.5 else picture
    gain = torch.empty(n, 1, 1, 1).uniform_(0.75, 1.25)
    offset = torch.empty(n, 1, 1, 1).uniform_(-0.3, 0.3)
    return result * gain + offset


def predictions(network: Network, scenes: Scenes) -> torch.Tensor:
    network.eval()
    with torch.no_grad():
        batches = [network(normalised(images)).argmax(1) for images in scenes.images.split(200)]
    return torch.cat(batches)


def accuracy(network: Network, scenes: Scenes) -> float:
    return (predictions(network, scenes) == scenes.labels).double().mean().item()


def train(network: Network, scenes: Scenes, validation: Scenes, epochs: int, rate: float, bfloat16: bool) -> None:
    steps = len(scenes.labels) // BATCH
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps, pct_start=0.15)
    start = time.monotonic()
    for epoch in range(epochs):
        network.train()
        order = torch.randperm(len(scenes.labels))
        losses = []
        for step in range(steps):
            chosen = order[step * BATCH : (step + 1) * BATCH]
            x = augmented(normalised(scenes.images[chosen])).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bfloat16):
                logits = network(x)
            loss = F.cross_entropy(logits.float(), scenes.labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        minutes = (time.monotonic() - start) / 60
        print(
            f"epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.3f}, "
            f"validation accuracy {accuracy(network, validation):.4f}, {minutes:.1f} min",
            flush=True,
        )


def report(network: Network, scenes: Scenes) -> None:
    predicted = predictions(network, scenes)
    right = predicted == scenes.labels
    print(f"test accuracy {right.double().mean().item():.4f} ({int(right.sum())} of {len(right)})")
    for label, name in enumerate(scenes.classes):
        ours = scenes.labels == label
        mistaken = predicted[ours & ~right].bincount(minlength=len(scenes.classes))
        taken_for = ", ".join(f"{scenes.classes[i]} {int(mistaken[i])}" for i in mistaken.nonzero().flatten())
        print(f"  {name}: {int((ours & right).sum())} of {int(ours.sum())}" + (f"; taken for {taken_for}" if taken_for else ""))


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains a bundled network on rendered scenes.")
    parser.add_argument("--network", choices=sorted(NETWORKS), required=True)
    parser.add_argument("--scenes", required=True, help="folder with train/, validation/ and test/")
    parser.add_argument("--out", required=True, help="the ONNX file to write")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--rate", type=float, default=2e-3, help="largest learning rate of the one-cycle schedule")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--bfloat16", action="store_true", help="mixed precision: twice as fast for vgg where the processor has AVX-512 BF16")
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    scenes, validation, test = (Scenes(os.path.join(options.scenes, name)) for name in ("train", "validation", "test"))
    network = with_batch_norm(NETWORKS[options.network](len(scenes.classes))).to(memory_format=torch.channels_last)
    train(network, scenes, validation, options.epochs, options.rate, options.bfloat16)
    merged = merge_batch_norm(network).to(memory_format=torch.contiguous_format)
    report(merged, test)
    export(merged, scenes.classes, options.out)
    print(f"wrote {options.out}, {os.path.getsize(options.out)} bytes")


if __name__ == "__main__":
    main()
