"""The Sphinx extension that stores the built pictures with a palette, at less than half the size.

A figure has hundreds to thousands of colours, nearly all from the smoothing of its edges. Into the
palette goes always the colour that is worst off without it, so that the large areas are exact and no
pixel is far off. A picture where one would be seen to differ, as a photograph, stays as it is.

Results are kept by the digests of this file and of what they were made from, so that no picture is
done twice. docs/decisions/pictures.md compares it with libraries and with SVG.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sphinx.application import Sphinx

COLOURS = 256
VISIBLE = 20  # of 255, on a single pixel


def palette(
    colours: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return which colours make the palette, each colour's place in it, and the largest error.

    Colours are compared as they are seen on black and on white.
    """
    alpha = colours[:, 3:] / 255
    on_black = colours[:, :3] * alpha
    seen = np.hstack([on_black, on_black + 255 * (1 - alpha)]).astype(np.float32)
    chosen: list[int] = []
    places = np.zeros(len(seen), int)
    error = np.full(len(seen), 255, np.float32)
    # By its distance and, much less, by how many pixels have it.
    weight = counts**0.25
    while len(chosen) < COLOURS and error.any():
        chosen.append(int((error * weight).argmax()))
        distance = np.abs(seen - seen[chosen[-1]]).max(axis=1)
        nearer = distance < error
        places[nearer], error[nearer] = len(chosen) - 1, distance[nearer]
    return np.array(chosen), places, float(error.max())


def with_palette(picture: bytes) -> bytes:
    """Return a PNG with a palette, or the picture itself if that is smaller or would show."""
    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"))
    packed, index, counts = np.unique(
        pixels.view(np.uint32).ravel(), return_inverse=True, return_counts=True
    )
    colours = packed.view(np.uint8).reshape(-1, 4)
    chosen, places, error = palette(colours, counts)
    if error > VISIBLE:
        return picture
    image = Image.fromarray(places[index].astype(np.uint8).reshape(pixels.shape[:2]))
    image.putpalette(colours[chosen, :3].tobytes())
    file = io.BytesIO()
    alpha = colours[chosen, 3].tobytes()
    image.save(file, "PNG", optimize=True, transparency=alpha)
    return min(picture, file.getvalue(), key=len)


def digest(content: bytes) -> str:
    """Return a name for a content."""
    return hashlib.sha256(content).hexdigest()[:24]


def shrink(app: Sphinx, exception: Exception | None) -> None:
    """Shrink what this build has copied into the pages' folder of pictures."""
    if exception or app.builder.format != "html":
        return
    recipe = digest(Path(__file__).read_bytes())
    done = Path(app.doctreedir).parent / ".lossbook-pictures" / recipe
    done.mkdir(parents=True, exist_ok=True)
    for path in sorted(Path(app.outdir, "_images").glob("*.png")):
        picture = path.read_bytes()
        result = done / f"{digest(picture)}.png"
        if not result.exists():
            small = with_palette(picture)
            result.write_bytes(small)
            # What was made is its own result.
            (done / f"{digest(small)}.png").write_bytes(small)
        if (small := result.read_bytes()) != picture:
            path.write_bytes(small)


def setup(app: Sphinx) -> dict[str, Any]:
    """Run when everything else is written."""
    app.connect("build-finished", shrink)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
