"""LRP of a torch.nn.Sequential by the rules of zennit's EpsilonPlus and EpsilonAlpha2Beta1, for machines without zennit:
the same convolutions as zennit computes, negative halves included; weights are clamped once, not in every run.
"""
import torch
from torch.nn import functional

EPSILON = 1e-6


def stabilized(z):
    return z + torch.where(z < 0, -EPSILON, EPSILON)


class Explainer:
    """`explain(images)` gives relevance like `images`, from each image's largest logit, or from `chosen` ones (one-hot)."""

    def __init__(self, model, composite):
        if composite not in ('epsilon-plus', 'epsilon-alpha2-beta1'):
            raise ValueError(f'{composite} needs zennit')
        self.model = model
        self.signs = (1, -1) if composite == 'epsilon-alpha2-beta1' else (1,)
        self.clamped = {
            layer: {1: (layer.weight.clamp(min=0), layer.bias.clamp(min=0)),
                    -1: (layer.weight.clamp(max=0), layer.bias.clamp(max=0))}
            for layer in model if isinstance(layer, torch.nn.Conv2d)
        }

    def conv(self, layer, a, relevance):
        """α-β over [a⁺; a⁻]: the part of sign s multiplies a⁺ by W of sign s (with bias) and a⁻ by W of sign −s."""
        result = 0
        for sign in self.signs:
            (weight, bias), (other, _) = self.clamped[layer][sign], self.clamped[layer][-sign]
            positive, negative = a.clamp(min=0), a.clamp(max=0)
            z = (functional.conv2d(positive, weight, bias, layer.stride, layer.padding)
                 + functional.conv2d(negative, other, None, layer.stride, layer.padding))
            s = relevance / stabilized(z)
            part = sum(x * torch.nn.grad.conv2d_input(a.shape, w, s, layer.stride, layer.padding)
                       for x, w in ((positive, weight), (negative, other)))
            factor = 1 if len(self.signs) == 1 else 2 if sign == 1 else -1
            result = result + factor * part
        return result

    @torch.no_grad()
    def explain(self, images, chosen=None):
        activations = [images]
        winners = {}
        for layer in self.model:
            a = activations[-1]
            if isinstance(layer, torch.nn.MaxPool2d):
                a, winners[layer] = functional.max_pool2d(a, layer.kernel_size, layer.stride, return_indices=True)
            else:
                a = layer(a)
            activations.append(a)
        logits = activations.pop()
        if chosen is None:
            chosen = functional.one_hot(logits.argmax(1), logits.shape[1])
        relevance = logits * chosen
        output = logits
        for layer, a in zip(reversed(self.model), reversed(activations)):
            if isinstance(layer, torch.nn.Conv2d):
                relevance = self.conv(layer, a, relevance)
            elif isinstance(layer, torch.nn.Linear):
                relevance = a * (relevance / stabilized(output) @ layer.weight)
            elif isinstance(layer, torch.nn.MaxPool2d):
                places = winners[layer].flatten(2)
                relevance = torch.zeros_like(a).flatten(2).scatter_add_(2, places, relevance.flatten(2)).view_as(a)
            elif isinstance(layer, torch.nn.Flatten):
                relevance = relevance.view_as(a)
            elif isinstance(layer, torch.nn.AvgPool2d) and layer.kernel_size != (1, 1):
                raise ValueError('average pooling is not known here')
            output = a
        return relevance
