"""Writes a trained network as ONNX, with its labels and preprocessing in the file's metadata."""

import json
import os

import onnx
import torch
from torch import nn

SIDE = 128
MEAN = 0.5
DEVIATION = 0.25


def normalised(images: torch.Tensor) -> torch.Tensor:
    """uint8 [N,H,W,3] to the networks' input: float32 [N,3,H,W], RGB in [0,1], minus MEAN, over DEVIATION."""
    return (images.permute(0, 3, 1, 2).float() / 255 - MEAN) / DEVIATION


def export(network: nn.Module, classes: list[str], path: str) -> None:
    """A bundled network, with its preprocessing."""
    preprocess = {
        "mean": [MEAN] * 3,
        "std": [DEVIATION] * 3,
        "order": "rgb",
        "range": 1,
        "resize": SIDE,
        "crop": SIDE,
    }
    export_with(network, (3, SIDE, SIDE), {"salient.labels": classes, "salient.preprocess": preprocess}, path)


def export_with(network: nn.Module, shape: tuple[int, ...], metadata: dict[str, object], path: str) -> None:
    """A network that takes inputs [batch, *shape], with metadata as JSON."""
    temporary = f"{path}.part"
    torch.onnx.export(
        network,
        torch.zeros(1, *shape),
        temporary,
        opset_version=13,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}},
    )
    model = onnx.load(temporary)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=json.dumps(value))
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, temporary)
    os.replace(temporary, path)
