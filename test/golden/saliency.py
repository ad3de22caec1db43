"""The SR map of docs/saliency.md in float64 and numpy: written apart from src/, so that one can be checked by the other."""

import numpy as np

PATCH, STRIDE, NEAREST, POSITION_WEIGHT, FOCUS, LONGEST = 7, 3, 64, 3.0, 0.8, 250
SCALES = (1.0, 0.8, 0.5, 0.3)
SMALLEST_SCALE = 0.2
# sRGB to XYZ, and D65's white.
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])


def scaled(length, scale):
    return max(1, int(np.floor(length * scale + 0.5)))


def axis_weights(before, after):
    """[after, before]: triangles on half-pixel centres, as wide as the reduction asks for; each row sums to 1."""
    ratio = before / after
    centres = (np.arange(after) + 0.5) * ratio
    distance = np.abs((np.arange(before)[None] + 0.5) - centres[:, None])
    weights = np.maximum(0.0, 1 - distance / max(1.0, ratio))
    return weights / weights.sum(1, keepdims=True)


def resize(planes, height, width):
    rows, columns = axis_weights(planes.shape[1], height), axis_weights(planes.shape[2], width)
    return np.einsum("yh,chw,xw->cyx", rows, planes, columns, optimize=True)


def to_unit_range(a):
    span = a.max() - a.min()
    return (a - a.min()) / span if span > 0 else np.zeros_like(a)


def over_largest(a):
    return a / a.max() if a.max() > 0 else a


def lab(rgb):
    """8-bit sRGB [3,H,W] to L*a*b*."""
    c = rgb / 255.0
    c = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    t = np.einsum("ij,jhw->ihw", XYZ, c) / WHITE[:, None, None]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def planes_of(relevance, kind):
    if kind == "sum":
        return over_largest(np.maximum(relevance.sum(0), 0))[None]
    rgb = np.floor(255 * over_largest(np.abs(relevance))).astype(np.uint8)
    return np.stack([to_unit_range(plane) for plane in lab(rgb)])


def patches_at(planes, rows, columns):
    """One vector for each pair of a row and a column: the patch whose first pixel is there."""
    view = np.lib.stride_tricks.sliding_window_view(planes, (PATCH, PATCH), axis=(1, 2))
    chosen = view[:, rows][:, :, columns].transpose(1, 2, 0, 3, 4)
    return chosen.reshape(len(rows) * len(columns), -1)


def positions(rows, columns, longest):
    grid = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    return (grid + 0.5) / longest


def candidates_of(image, scale):
    """Patches of the image at a scale, its half and its quarter, and where they lie."""
    _, height, width = image.shape
    found, places = [], []
    for s in (scale, scale / 2, scale / 4):
        h, w = scaled(height, s), scaled(width, s)
        if s < SMALLEST_SCALE or min(h, w) < PATCH:
            continue
        rows, columns = np.arange(0, h - PATCH + 1, STRIDE), np.arange(0, w - PATCH + 1, STRIDE)
        found.append(patches_at(resize(image, h, w), rows, columns))
        places.append(positions(rows + PATCH // 2, columns + PATCH // 2, max(h, w)))
    return np.concatenate(found), np.concatenate(places)


def upsampling(length, reduced, grid):
    """[length, grid]: from a grid whose k-th point lies on pixel STRIDE*k of `reduced` pixels, linear in between."""
    at = np.clip(((np.arange(length) + 0.5) * (reduced / length) - 0.5) / STRIDE, 0, grid - 1)
    low = np.minimum(np.floor(at).astype(int), max(grid - 2, 0))
    weights = np.zeros((length, grid))
    weights[np.arange(length), low] = 1 - (at - low)
    if grid > 1:
        weights[np.arange(length), low + 1] += at - low
    return weights


def saliency_at(image, scale):
    """The saliency of each pixel at one scale, in [0, 1]."""
    _, height, width = image.shape
    h, w = scaled(height, scale), scaled(width, scale)
    rows, columns = np.arange(0, h, STRIDE), np.arange(0, w, STRIDE)
    half = PATCH // 2
    padded = np.pad(resize(image, h, w), ((0, 0), (half, half), (half, half)), mode="reflect")
    queries, places = patches_at(padded, rows, columns), positions(rows, columns, max(h, w))
    candidates, candidate_places = candidates_of(image, scale)
    nearest = min(NEAREST, len(candidates))
    result = np.empty(len(queries))
    for i in range(0, len(queries), 512):
        some = queries[i : i + 512]
        squares = (some**2).sum(1)[:, None] + (candidates**2).sum(1)[None] - 2 * some @ candidates.T
        distance = np.sqrt(np.maximum(squares, 0) / some.shape[1])
        apart = np.sqrt(((places[i : i + 512, None] - candidate_places[None]) ** 2).sum(-1))
        distance /= 1 + POSITION_WEIGHT * apart
        result[i : i + 512] = 1 - np.exp(-np.partition(distance, nearest - 1, axis=1)[:, :nearest].mean(1))
    grid = to_unit_range(result.reshape(len(rows), len(columns)))
    return upsampling(height, h, len(rows)) @ grid @ upsampling(width, w, len(columns)).T


def distance_to(mask):
    """Each pixel's distance to the nearest one in the mask."""
    rows, columns = np.nonzero(mask)
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]]
    best = np.full(mask.shape, np.inf)
    for i in range(0, len(rows), 256):
        squares = (y[..., None] - rows[i : i + 256]) ** 2 + (x[..., None] - columns[i : i + 256]) ** 2
        best = np.minimum(best, squares.min(-1))
    return np.sqrt(best)


def salient_relevance(relevance, kind):
    """Relevance [3,H,W] to its SR map [H,W] in [0, 1]; `kind` is sum or paper."""
    planes = planes_of(relevance.astype(np.float64), kind)
    _, height, width = planes.shape
    scale = LONGEST / max(height, width)
    image = resize(planes, scaled(height, scale), scaled(width, scale))
    total = 0
    for r in SCALES:
        saliency = saliency_at(image, r)
        foci = saliency > FOCUS
        if foci.any():
            saliency = saliency * (1 - over_largest(distance_to(foci)))
        total = total + saliency
    return to_unit_range(resize(to_unit_range(total / len(SCALES))[None], height, width)[0])
