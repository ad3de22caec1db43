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


TARGETS = 10
STEPS = 32
# Images of one run where a method takes several: captum's internal_batch_size.
AT_ONCE = 8


def gradient(model):
    def explain(images):
        images = images.clone().requires_grad_()
        score = model(images).max(1).values.sum()
        return torch.autograd.grad(score, images)[0]

    return explain


def integrated_gradients(model):
    """Sundararajan et al. 2017 as captum does it, by the middles of 32 steps from zero."""

    def explain(images):
        with torch.no_grad():
            target = model(images).argmax(1)
        shares = (torch.arange(STEPS, device=images.device) + 0.5) / STEPS
        total = torch.zeros_like(images)
        for part in shares.split(AT_ONCE):
            path = (images * part.view(-1, 1, 1, 1)).requires_grad_()
            score = model(path)[:, target].sum()
            total += torch.autograd.grad(score, path)[0].sum(0, keepdim=True)
        return images * total / STEPS

    return explain


def several_targets(model, name):
    """The ten likeliest classes of one image: as a batch of ten, each with its own target."""

    def explain(images):
        with torch.no_grad():
            targets = model(images).topk(TARGETS).indices[0]
        chosen = torch.nn.functional.one_hot(targets, model(images).shape[1])
        batch = images.repeat(TARGETS, 1, 1, 1)
        if COMPOSITES is None:
            return Explainer(model, name).explain(batch, chosen)
        with Gradient(model=model, composite=COMPOSITES[name]()) as attributor:
            return attributor(batch, lambda logits: logits * chosen)[1]

    return explain


def pixel_flipping(model, name):
    """Samek et al. 2017: patches of 16x16 become their channel's mean, most relevant first, in 16 steps."""
    side, steps = 16, 16
    attribute = explainer(model, name)

    def explain(images):
        plane = attribute(images).detach().sum(1, keepdim=True)
        sums = torch.nn.functional.avg_pool2d(plane, side).flatten()
        columns = images.shape[3] // side
        order = sums.argsort(descending=True, stable=True).tolist()
        changed, inputs, done = images.clone(), [images], 0
        mean = images.mean((2, 3), keepdim=True)
        for step in range(1, steps + 1):
            wanted = (2 * step * len(order) + steps) // (2 * steps)
            for patch in order[done:wanted]:
                top, left = patch // columns * side, patch % columns * side
                changed[..., top:top + side, left:left + side] = mean
            done = wanted
            inputs.append(changed.clone())
        with torch.no_grad():
            logits = torch.cat([model(part) for part in torch.cat(inputs).split(AT_ONCE)])
        return logits[:, logits[0].argmax()][None]

    return explain


def program_of(model, program):
    if program == 'gradient':
        return gradient(model)
    if program == 'integrated-gradients':
        return integrated_gradients(model)
    if program == 'pixel-flipping':
        return pixel_flipping(model, 'epsilon-plus')
    if program.startswith('ten targets '):
        return several_targets(model, program[len('ten targets '):])
    return torch.no_grad()(model) if program == 'forward' else explainer(model, program)


def main(device, threads):
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    models = {}

    def open_program(request):
        path, program = request['model'], request['program']
        if path not in models:
            models[path] = load(path).to(device)
        compute = program_of(models[path], program)
        images = torch.from_numpy(numpy.load(request['input'])).to(device)
        return lambda: compute(images).detach().cpu().numpy()

    where = torch.cuda.get_device_name() if device == 'cuda' else f'CPU, {threads} threads'
    rules = 'zennit' if COMPOSITES is not None else 'zennit-style rules (bench/peers/torch_rules.py)'
    serve(f'PyTorch {torch.__version__} + {rules}, {where}', open_program)


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]))
