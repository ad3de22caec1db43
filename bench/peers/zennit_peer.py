#!/usr/bin/env python3
"""PyTorch and zennit as a contestant: LRP (and forward passes) on the CPU or on CUDA, TF32 off. Needs torch and numpy;
zennit on PYTHONPATH, or torch_rules.py takes its place.

usage: zennit_peer.py DEVICE THREADS
"""
import sys

import numpy
import torch

from onnx_chain import load
from serve import serve
from torch_rules import Explainer

try:
    from zennit import composites
    from zennit.attribution import Gradient

    COMPOSITES = {
        'epsilon-plus': composites.EpsilonPlus,
        'epsilon-plus-flat': composites.EpsilonPlusFlat,
        'epsilon-gamma-box': lambda: composites.EpsilonGammaBox(low=-2.2, high=2.7),
        'epsilon-alpha2-beta1': composites.EpsilonAlpha2Beta1,
        'epsilon-alpha2-beta1-flat': composites.EpsilonAlpha2Beta1Flat,
    }
except ImportError:
    COMPOSITES = None


def predicted(logits):
    return logits * torch.nn.functional.one_hot(logits.argmax(1), logits.shape[1])


def explainer(model, name):
    """A function from images to relevance."""
    if COMPOSITES is None:
        return Explainer(model, name).explain

    def explain(images):
        with Gradient(model=model, composite=COMPOSITES[name]()) as attributor:
            return attributor(images, predicted)[1]

    return explain


def main(device, threads):
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    models = {}

    def open_program(request):
        path, program = request['model'], request['program']
        if path not in models:
            models[path] = load(path).to(device)
        compute = torch.no_grad()(models[path]) if program == 'forward' else explainer(models[path], program)
        images = torch.from_numpy(numpy.load(request['input'])).to(device)
        return lambda: compute(images).detach().cpu().numpy()

    where = torch.cuda.get_device_name() if device == 'cuda' else f'CPU, {threads} threads'
    rules = 'zennit' if COMPOSITES is not None else 'zennit-style rules (bench/peers/torch_rules.py)'
    serve(f'PyTorch {torch.__version__} + {rules}, {where}', open_program)


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]))
