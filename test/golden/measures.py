"""Writes measures.json: the measures of docs/evaluate.md on two made-up maps, by numpy alone.

usage: python3 measures.py > measures.json
"""
import json

import numpy as np

H, W = 24, 20
i = np.arange(H * W)
a = (np.sin(i * 0.7) + 0.4 * np.cos(i * 0.13)).reshape(H, W)
b = (np.sin(i * 0.7 + 0.5) + 0.2 * np.cos(i * 0.31)).reshape(H, W)
y, x = np.mgrid[:H, :W]
mask = ((y - 12) ** 2 + (x - 9) ** 2 < 36).astype(float)


def ranks(v):
    order = np.argsort(v, kind="stable")
    result = np.empty(v.size)
    result[order] = np.arange(1, v.size + 1)
    return result  # no two values are equal here


def ssim(p, q, span):
    c1, c2 = (0.01 * span) ** 2, (0.03 * span) ** 2
    values = []
    for top in range(H - 6):
        for left in range(W - 6):
            u, v = p[top : top + 7, left : left + 7], q[top : top + 7, left : left + 7]
            cov = np.cov(u.ravel(), v.ravel())
            mu, mv = u.mean(), v.mean()
            values.append(
                ((2 * mu * mv + c1) * (2 * cov[0, 1] + c2))
                / ((mu**2 + mv**2 + c1) * (cov[0, 0] + cov[1, 1] + c2))
            )
    return float(np.mean(values))


def gini(v):
    m = np.sort(np.abs(v).ravel())
    n = m.size
    return float(np.abs(m[:, None] - m[None, :]).sum() / (2 * n * m.sum()))


def entropy(v):
    p = np.abs(v).ravel() / np.abs(v).sum()
    return float(-(p * np.log(p)).sum())


def overlap(p, q, share):
    k = round(share * p.size)
    return len(set(np.argsort(-p.ravel())[:k]) & set(np.argsort(-q.ravel())[:k])) / k


def hog(v):
    down, across = np.zeros_like(v), np.zeros_like(v)
    down[1:-1] = v[2:] - v[:-2]
    across[:, 1:-1] = v[:, 2:] - v[:, :-2]
    magnitude = np.hypot(down, across)
    degrees = np.rad2deg(np.arctan2(down, across)) % 180
    rows, columns = v.shape[0] // 8, v.shape[1] // 8
    cells = np.zeros((rows, columns, 9))
    for r in range(rows):
        for c in range(columns):
            part = np.s_[8 * r : 8 * r + 8, 8 * c : 8 * c + 8]
            for o in range(9):
                chosen = (degrees[part] >= 20 * o) & (degrees[part] < 20 * (o + 1))
                cells[r, c, o] = (magnitude[part] * chosen).sum() / 64
    blocks = []
    for r in range(rows - 2):
        for c in range(columns - 2):
            block = cells[r : r + 3, c : c + 3].ravel()
            block = np.minimum(block / np.sqrt((block**2).sum() + 1e-10), 0.2)
            blocks.append(block / np.sqrt((block**2).sum() + 1e-10))
    return np.concatenate(blocks)


j = np.arange(40 * 34)
large = (np.sin(j * 0.7) + 0.4 * np.cos(j * 0.013)).reshape(40, 34)
other = (np.sin(j * 0.7 + 0.5) + 0.2 * np.cos(j * 0.031)).reshape(40, 34)

side = 5
sums = [
    a[top : top + side, left : left + side].sum()
    for top in range(0, H, side)
    for left in range(0, W, side)
]
k = int(mask.sum())
positive = np.maximum(a, 0)
inside = float((positive * mask).sum() / positive.sum())
print(
    json.dumps(
        {
            "rank": float(np.corrcoef(ranks(a.ravel()), ranks(b.ravel()))[0, 1]),
            "ssim": ssim(a, b, 2.8),
            "overlap": overlap(a, b, 0.1),
            "hog": float(np.corrcoef(hog(large), hog(other))[0, 1]),
            "gini": gini(a),
            "entropy": entropy(a),
            "cosine": float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)),
            "inside": inside,
            "weighted": inside * mask.size / k,
            "rankAccuracy": float(mask.ravel()[np.argsort(-a.ravel())[:k]].mean()),
            "order": [int(p) for p in np.argsort(-np.array(sums))],
        },
        indent=2,
    )
)
