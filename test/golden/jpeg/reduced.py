"""Writes what a JPEG file is at a half, a quarter and an eighth: KIND.by2.png and so on.

Of each whole 8x8 block of libjpeg's pixels (KIND.png) the orthonormal cosine transform by numpy, its lowest frequencies,
and their inverse transform of that many points. Blocks that the border cuts are left out.

usage: python3 reduced.py   (in this folder)
"""

import numpy as np
from PIL import Image


def basis(points):
    u, x = np.mgrid[:points, :points]
    return np.sqrt(np.where(u == 0, 1, 2) / points) * np.cos((2 * x + 1) * u * np.pi / (2 * points))


for kind in ("grey", "grey-progressive"):
    pixels = np.asarray(Image.open(f"{kind}.png").convert("L"), float)
    rows, columns = pixels.shape[0] // 8, pixels.shape[1] // 8
    for side in (4, 2, 1):
        reduced = np.zeros((rows * side, columns * side))
        for r in range(rows):
            for c in range(columns):
                block = basis(8) @ pixels[8 * r : 8 * r + 8, 8 * c : 8 * c + 8] @ basis(8).T
                low = block[:side, :side] * side / 8
                reduced[side * r : side * r + side, side * c : side * c + side] = basis(side).T @ low @ basis(side)
        Image.fromarray(np.clip(np.rint(reduced), 0, 255).astype("u1")).save(f"{kind}.by{8 // side}.png")
