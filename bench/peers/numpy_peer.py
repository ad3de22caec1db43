#!/usr/bin/env python3
"""Context-aware saliency (docs/saliency.md, input `paper`, default options) in numpy as a contestant. Needs numpy.

Squared distances of patches are matrix products; patches are taken 512 queries at a time.
"""
import numpy as np

from serve import serve

PATCH, STRIDE, NEAREST, POSITION, FOCUS, SIZE = 7, 3, 64, 3.0, 0.8, 250
SCALES = (1.0, 0.8, 0.5, 0.3)
RGB_TO_XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                       [0.0193339, 0.1191920, 0.9503041]])
WHITE = np.array([0.95047, 1.0, 1.08883])


def scaled(side, scale):
    return max(1, int(side * scale + 0.5))


def normalize(plane):
    low, high = plane.min(), plane.max()
    return (plane - low) / (high - low) if high > low else np.zeros_like(plane)


def triangle(source, target):
    """Weights [target, source] of a triangle filter, widened where it shrinks."""
    ratio = source / target
    centres = (np.arange(target)[:, None] + 0.5) * ratio
    weights = np.maximum(0, 1 - abs(np.arange(source)[None] + 0.5 - centres) / max(1, ratio))
    return weights / weights.sum(1, keepdims=True)


def resize(planes, height, width):
    return triangle(planes.shape[1], height) @ planes @ triangle(planes.shape[2], width).T


def planes_of(relevance):
    """|R| as 8-bit sRGB in CIE L*a*b*, each plane normalised."""
    size = abs(relevance)
    rgb = np.floor(255 * size / (size.max() or 1)) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    t = np.tensordot(RGB_TO_XYZ, linear, 1) / WHITE[:, None, None]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([normalize(p) for p in (116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2]))])


def patches(planes, rows, columns):
    windows = np.lib.stride_tricks.sliding_window_view(planes, (PATCH, PATCH), axis=(1, 2))
    chosen = windows[:, rows[:, None], columns[None]]
    return chosen.transpose(1, 2, 0, 3, 4).reshape(len(rows) * len(columns), -1)


def places(rows, columns, longest):
    y, x = np.meshgrid(rows, columns, indexing='ij')
    return (np.stack([y.ravel(), x.ravel()], 1) + 0.5) / longest


def one_scale(image, scale):
    _, height, width = image.shape
    h, w = scaled(height, scale), scaled(width, scale)
    margin = PATCH // 2
    rows, columns = np.arange(0, h, STRIDE), np.arange(0, w, STRIDE)
    padded = np.pad(resize(image, h, w), ((0, 0), (margin, margin), (margin, margin)), mode='reflect')
    queries, query_places = patches(padded, rows, columns), places(rows, columns, max(h, w))
    found, found_places = [], []
    for s in (scale, scale / 2, scale / 4):
        ch, cw = scaled(height, s), scaled(width, s)
        if s < 0.2 or min(ch, cw) < PATCH:
            continue
        y, x = np.arange(0, ch - PATCH + 1, STRIDE), np.arange(0, cw - PATCH + 1, STRIDE)
        found.append(patches(resize(image, ch, cw), y, x))
        found_places.append(places(y + margin, x + margin, max(ch, cw)))
    found, found_places = np.concatenate(found), np.concatenate(found_places)
    nearest = min(NEAREST, len(found))
    squares = (found ** 2).sum(1)
    result = np.empty(len(queries))
    for first in range(0, len(queries), 512):
        block, at = queries[first:first + 512], query_places[first:first + 512]
        distance = (block ** 2).sum(1)[:, None] + squares - 2 * block @ found.T
        distance = np.sqrt(np.maximum(distance, 0) / block.shape[1])
        apart = np.hypot(at[:, :1] - found_places[:, 0], at[:, 1:] - found_places[:, 1])
        distance /= 1 + POSITION * apart
        smallest = np.partition(distance, nearest - 1, axis=1)[:, :nearest]
        result[first:first + 512] = 1 - np.exp(-smallest.mean(1))
    return grid_to(height, h, len(rows)) @ normalize(result.reshape(len(rows), -1)) @ grid_to(width, w, len(columns)).T


def grid_to(side, scaled_side, count):
    """Bilinear weights [side, count] from the queries, every STRIDE pixels of the scaled side."""
    at = np.clip(((np.arange(side) + 0.5) * scaled_side / side - 0.5) / STRIDE, 0, count - 1)
    return np.maximum(0, 1 - abs(at[:, None] - np.arange(count)[None]))


def attenuated(plane):
    """Pixels far from a focus of attention count less."""
    foci = np.argwhere(plane > FOCUS)
    if len(foci) == 0:
        return plane
    y, x = np.indices(plane.shape)
    squares = np.full(plane.shape, np.inf)
    for first in range(0, len(foci), 256):
        block = foci[first:first + 256]
        apart = (y[..., None] - block[:, 0]) ** 2 + (x[..., None] - block[:, 1]) ** 2
        squares = np.minimum(squares, apart.min(-1))
    distance = np.sqrt(squares)
    return plane * (1 - distance / distance.max()) if distance.max() > 0 else plane


def salient(relevance):
    """Relevance [3,H,W] to the SR map [1,H,W]."""
    planes = planes_of(relevance.astype(np.float64))
    _, height, width = planes.shape
    scale = SIZE / max(height, width)
    image = resize(planes, scaled(height, scale), scaled(width, scale))
    mean = sum(attenuated(one_scale(image, r)) for r in SCALES) / len(SCALES)
    return normalize(resize(normalize(mean)[None], height, width))


def open_program(request):
    relevance = np.load(request['input'])
    return lambda: salient(relevance)


if __name__ == '__main__':
    serve(f'numpy {np.__version__}', open_program)
