#!/usr/bin/env python3
"""A vision transformer of two blocks, and its relevance by AttnLRP written out by hand (Achtibat et al. 2024), in float64.

Linear layers by the epsilon rule (1e-6), sums in proportion to their summands, products of two activations half to each
factor, softmax by its Taylor polynomial, layer normalisation and GELU by the identity.
Needs torch and numpy.   usage: test/golden/attention.py FOLDER
"""
import sys
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional

EPSILON = 1e-6
# Of an image whose relevance is well conditioned: float32 here is within 2e-5 of float64. Others are up to 1e-3 off,
# where denominators come near zero.
SEED = 0
WIDTH, HEADS, SIDE, PATCH, CLASSES = 16, 2, 16, 4, 7


def stabilized(z):
    return z + torch.where(z < 0, -EPSILON, EPSILON)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value, self.project = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.widen, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x):
        tape = self.tape(x)
        return tape['y']

    def tape(self, x):
        """Everything that is computed, by name."""
        t = {'x': x, 'n': self.norm1(x)}
        split = lambda y: y.reshape(y.shape[0], -1, HEADS, WIDTH // HEADS).permute(0, 2, 1, 3)
        t['q'], t['k'], t['v'] = (split(layer(t['n'])) for layer in (self.query, self.key, self.value))
        t['scores'] = t['q'] @ t['k'].transpose(-1, -2)
        t['scaled'] = t['scores'] * (WIDTH // HEADS) ** -0.5
        t['attention'] = t['scaled'].softmax(-1)
        t['mixed'] = t['attention'] @ t['v']
        t['joined'] = t['mixed'].permute(0, 2, 1, 3).reshape(x.shape)
        t['p'] = self.project(t['joined'])
        t['a'] = x + t['p']
        t['m'] = self.norm2(t['a'])
        t['w'] = self.widen(t['m'])
        t['g'] = functional.gelu(t['w'])
        t['o'] = self.narrow(t['g'])
        t['y'] = t['a'] + t['o']
        return t

    def relevance(self, t, relevance):
        split = lambda y: y.reshape(y.shape[0], -1, HEADS, WIDTH // HEADS).permute(0, 2, 1, 3)
        join = lambda y: y.permute(0, 2, 1, 3).reshape(y.shape[0], -1, WIDTH)
        to_a, to_o = shares(t['a'], t['o'], relevance)
        to_a = to_a + linear(self.widen, t['m'], linear(self.narrow, t['g'], to_o))
        to_x, to_p = shares(t['x'], t['p'], to_a)
        to_attention, to_v = product(t['attention'], t['v'], split(linear(self.project, t['joined'], to_p)))
        s = t['attention']
        to_scores = t['scaled'] * (to_attention - s * to_attention.sum(-1, keepdim=True))
        to_q, to_k = product(t['q'], t['k'].transpose(-1, -2), to_scores)
        to_k = to_k.transpose(-1, -2)
        for layer, part in ((self.query, to_q), (self.key, to_k), (self.value, to_v)):
            to_x = to_x + linear(layer, t['n'], join(part))
        return to_x


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        tokens = (SIDE // PATCH) ** 2 + 1
        self.patches = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.token = nn.Parameter(torch.randn(1, 1, WIDTH))
        self.places = nn.Parameter(torch.randn(1, tokens, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(2))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, CLASSES)

    def embed(self, image):
        patches = self.patches(image).flatten(2).transpose(1, 2)
        return torch.cat([self.token.expand(image.shape[0], -1, -1), patches], 1)

    def forward(self, image):
        x = self.embed(image) + self.places
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])

    @torch.no_grad()
    def relevance(self, image):
        """Relevance like `image`, from each image's largest logit."""
        embedded = self.embed(image)
        x = embedded + self.places
        tapes = []
        for block in self.blocks:
            tapes.append(block.tape(x))
            x = tapes[-1]['y']
        normal = self.norm(x)
        logits = self.head(normal[:, 0])
        relevance = logits * functional.one_hot(logits.argmax(1), CLASSES)
        first = linear(self.head, normal[:, 0], relevance)
        relevance = torch.zeros_like(x)
        relevance[:, 0] = first
        for block, tape in zip(reversed(self.blocks), reversed(tapes)):
            relevance = block.relevance(tape, relevance)
        relevance, _ = shares(embedded, self.places, relevance)
        side = SIDE // PATCH
        planes = relevance[:, 1:].transpose(1, 2).reshape(-1, WIDTH, side, side)
        z = self.patches(image)
        return image * functional.conv_transpose2d(planes / stabilized(z), self.patches.weight, stride=PATCH)


def linear(layer, x, relevance):
    return x * (relevance / stabilized(layer(x)) @ layer.weight)


def shares(a, b, relevance):
    s = relevance / stabilized(a + b)
    return a * s, b * s


def product(a, b, relevance):
    s = 0.5 * relevance / stabilized(a @ b)
    return a * (s @ b.transpose(-1, -2)), b * (a.transpose(-1, -2) @ s)


def main():
    folder = Path(sys.argv[1])
    torch.manual_seed(SEED)
    network = Transformer().eval()
    for module in network.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    image = torch.randn(2, 3, SIDE, SIDE)
    torch.onnx.export(network, image, str(folder / 'mini-vit.onnx'), opset_version=16)
    numpy.save(folder / 'mini-vit.input.npy', image.numpy())
    network, image = network.double(), image.double()
    numpy.save(folder / 'mini-vit.logits.npy', network(image).detach().numpy())
    numpy.save(folder / 'mini-vit.attn.npy', network.relevance(image).numpy().astype(numpy.float32))


main()
