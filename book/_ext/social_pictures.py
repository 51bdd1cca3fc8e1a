"""The pictures that a shared link shows: a page's first figure, or the book's own."""

from __future__ import annotations

import functools
import posixpath
from pathlib import Path

import matplotlib as mpl
import numpy as np
from docutils import nodes
from matplotlib.figure import Figure
from PIL import Image
from sphinx.application import Sphinx

import lossbook as lb

SIZE = (1200, 630)  # what the networks show large
MARGIN = 40
FOLDER = "_images/preview"
STYLE = Path(__file__).parent.parent / "matplotlibrc"
LOSSES = {
    "squared": lb.MeanSquaredError(),
    "absolute": lb.MeanAbsoluteError(),
    "Huber": lb.Huber(),
}


def picture(
    app: Sphinx, pagename: str, doctree: nodes.document | None
) -> tuple[str, str]:
    """Return the path of a page's picture in the built book, and its alt text."""
    for image in doctree.findall(nodes.image) if doctree else ():
        source = source_of(app, image)
        if source.suffix == ".png" and source.exists():
            path = f"{FOLDER}/{pagename}.png"
            put_on_white(source, target_of(app, path))
            return path, image["alt"]
    path = f"{FOLDER}.png"
    draw_losses(app.config.html_title, target_of(app, path))
    return path, f"{app.config.html_title}: three losses over the residual"


def source_of(app: Sphinx, image: nodes.image) -> Path:
    """Return the file that the builder copies for an image."""
    name = posixpath.basename(image["uri"])
    sources = {copied: source for source, copied in app.builder.images.items()}
    return Path(app.srcdir, sources.get(name, name))


def target_of(app: Sphinx, path: str) -> Path:
    """Return where a file goes, with its folder made."""
    target = Path(app.outdir, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def put_on_white(source: Path, target: Path) -> None:
    """Put a figure, which is dark ink on nothing, on white: a network may show it on black."""
    figure = Image.open(source).convert("RGBA")
    room = [side - 2 * MARGIN for side in SIZE]
    scale = min(room[0] / figure.width, room[1] / figure.height)
    figure = figure.resize([round(side * scale) for side in figure.size])
    card = Image.new("RGB", SIZE, "white")
    card.paste(
        figure, [(a - b) // 2 for a, b in zip(SIZE, figure.size, strict=True)], figure
    )
    card.save(target, optimize=True)


@functools.cache  # once in a build
def draw_losses(title: str, target: Path) -> None:
    """Draw the book's own picture: its title over three losses."""
    residual = np.linspace(-2, 2, 201)
    with mpl.rc_context(fname=STYLE):
        figure = Figure(figsize=[side / 100 for side in SIZE])
        ax = figure.add_axes((0.06, 0.06, 0.88, 0.6))
        for name, loss in LOSSES.items():
            zeros = np.zeros_like(residual)
            ax.plot(residual, loss(zeros, residual, reduction="none"), lw=5, label=name)
        ax.axis("off")
        ax.legend(loc="upper center", fontsize=26)
        figure.text(0.5, 0.86, title, ha="center", va="center", fontsize=58)
        figure.savefig(target, dpi=100, bbox_inches=None, facecolor="white")
