"""Whether two pictures are the same figure: nbval compares text, and no picture.

A stored picture has a palette (pictures.py), which may put each pixel off by up to VISIBLE of 255; and
another processor may round a coordinate differently, which shows in the smoothing of an edge. What
goes beyond both, on a single pixel, is another figure. So a change goes unseen that nowhere alters a
colour by more than LIMIT of 255: another shade of the same colour, or a line moved by less than about
a tenth of its pixel.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from nbformat import NotebookNode
from pictures import VISIBLE
from PIL import Image

LIMIT = VISIBLE + 12


def seen(picture: bytes) -> np.ndarray:
    """Return the colours of a picture as they are seen on black and on white."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"), dtype=float)
    alpha = pixels[..., 3:] / 255
    on_black = pixels[..., :3] * alpha
    return np.concatenate([on_black, on_black + 255 * (1 - alpha)], axis=-1)


def difference(stored: bytes, executed: bytes) -> str:
    """Return in words how two pictures differ; nothing where they are the same figure."""
    one, other = seen(stored), seen(executed)
    if one.shape != other.shape:
        (high, wide, _), (now_high, now_wide, _) = one.shape, other.shape
        return f"stored {wide} × {high} pixels, executed {now_wide} × {now_high}"
    off = np.abs(one - other).max(axis=-1)
    if off.max() <= LIMIT:
        return ""
    rows, columns = np.nonzero(off > LIMIT)
    return (
        f"{len(rows)} pixels differ by up to {off.max():.0f} of 255 (allowed: {LIMIT}), within "
        f"columns {columns.min()} to {columns.max()}, rows {rows.min()} to {rows.max()}"
    )


def pictures(outputs: list[NotebookNode]) -> list[bytes]:
    """Return the pictures among a cell's outputs."""
    shown = [output.get("data", {}).get("image/png") for output in outputs]
    return [base64.b64decode(picture) for picture in shown if picture]


def differences(stored: list[NotebookNode], executed: list[NotebookNode]) -> list[str]:
    """Return in words how the pictures of a cell's outputs differ."""
    before, now = pictures(stored), pictures(executed)
    if len(before) != len(now):
        return [f"stored {len(before)} pictures, executed {len(now)}"]
    return [
        said for pair in zip(before, now, strict=True) if (said := difference(*pair))
    ]
