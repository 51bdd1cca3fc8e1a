"""Interactive figures for a notebook, with nothing to install: SVG and one small script.

`panel.js` draws, `kit.js` gives a figure its sliders and numbers; each other script here is one
figure, named as its file. Tests compare the formulas in them with this package, in a browser.
"""

from __future__ import annotations

import difflib
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
KIT = ("panel", "kit")
FIGURES = sorted(path.stem for path in FOLDER.glob("*.js") if path.stem not in KIT)


@dataclass(frozen=True, eq=False, repr=False)
class Explorable:
    """An interactive figure; a notebook shows it. Made by :func:`explorable`."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"explorable({self.name!r})"

    def _repr_html_(self) -> str:
        """Return the figure with its script and style, which a built page keeps in files."""
        data = json.dumps(self.data, separators=(",", ":")).replace("<", "\\u003c")
        style = (FOLDER / "kit.css").read_text(encoding="utf-8").strip()
        scripts = "\n".join(
            (FOLDER / f"{script}.js").read_text(encoding="utf-8").strip()
            for script in (*KIT, self.name)
        )
        return (
            f"<style data-explorable>{style}</style>\n"
            f'<div class="explorable" data-figure="{self.name}">'
            f'<script type="application/json">{data}</script>'
            "<p>This figure moves where scripts run.</p></div>\n"
            f"<script data-explorable>{scripts}</script>"
        )


def explorable(name: str, /, **data: object) -> Explorable:
    """Return an interactive figure to display in a notebook.

    Move it by its sliders, with the pointer or the keyboard; in most, the mark can be dragged. It
    needs no server and no network, and works in JupyterLab, Jupyter Notebook and on a web page.

    Parameters
    ----------
    name : str
        One of ``lossbook.explorables.FIGURES``.
    **data
        What the figure shows and where its sliders start: numbers, texts, and arrays, lists or
        dicts of them. Numbers are passed on with six significant digits. Which names a figure
        takes is in its script, and it says so itself where it gets another; without any it shows
        an example.

    Returns
    -------
    Explorable

    Raises
    ------
    ValueError
        If there is no such figure, or a number is not finite.
    TypeError
        If something given is neither a number nor a text nor an array, list or dict of them.

    Examples
    --------
    >>> import lossbook as lb
    >>> lb.explorable("residual", delta=0.5)
    explorable('residual')
    """
    if name not in FIGURES:
        near = difflib.get_close_matches(str(name), FIGURES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"name: expected one of {', '.join(FIGURES)}, received {name!r}{hint}")
    return Explorable(name, {key: _plain(key, value) for key, value in data.items()})


def _plain(key: str, value: Any) -> Any:
    """Return a value as JSON has it, its numbers with six digits: the same on every machine."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _plain(key, value.tolist())
    if isinstance(value, dict):
        return {str(name): _plain(key, item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(key, item) for item in value]
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{key}: expected finite numbers, received {value!r}")
        return float(f"{value:.6g}")
    raise TypeError(
        f"{key}: expected a number, a text, or an array, list or dict of them, "
        f"received {type(value).__name__}"
    )
