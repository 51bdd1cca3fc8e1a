"""No meaning hangs on colour alone: the figures' colours as other eyes see them.

Where two colours of a figure are close, for eyes without red or green cones or on the page's
ground, a second cue has to tell them apart: the line's style or the mark's shape.
"""

import json
import re
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
STYLE = mpl.rc_params_from_file(ROOT / "book" / "matplotlibrc", use_default_template=False)
CYCLE = list(STYLE["axes.prop_cycle"])
KIT = (ROOT / "lossbook" / "explorables" / "kit.css").read_text(encoding="utf-8")
PANEL = (ROOT / "lossbook" / "explorables" / "panel.js").read_text(encoding="utf-8")
DASHES = re.findall(r'"([^"]*)"', re.search(r"DASHES = \[(.*?)\]", PANEL, re.S)[1])
SHAPES = re.findall(r"`([^`]*)`", re.search(r"shapes = \[(.*?)\]", PANEL, re.S)[1])

GROUND = {"light": "#ffffff", "dark": "#121212"}  # the theme's
LEAST_CONTRAST = 3.0  # WCAG 2.2, 1.4.11: for what is drawn
LEAST_WITH_STYLE = 2.0
LEAST_DISTANCE = 20.0  # CIELAB, 1976; 2.3 is what an eye just notices in two fields side by side
LEAST_WITH_CUE = 8.0

# Machado, Oliveira & Fernandes (2009), "A physiologically-based model for simulation of color
# vision deficiency", IEEE TVCG 15(6): severity 1.0, for linear RGB.
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
# IEC 61966-2-1: linear sRGB to XYZ, white D65; its second row is the luminance.
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def srgb(colour):
    return np.array(mpl.colors.to_rgb(colour))


def linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(light):
    """Return CIELAB coordinates of linear RGB."""
    x, y, z = (
        np.cbrt(t) if t > (6 / 29) ** 3 else t / (3 * (6 / 29) ** 2) + 4 / 29
        for t in XYZ @ light / XYZ.sum(axis=1)
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, eyes):
    seen = [lab(np.clip(EYES[eyes] @ linear(rgb), 0, 1)) for rgb in (one, other)]
    return np.linalg.norm(seen[0] - seen[1])


def contrast(one, other):
    """Return the contrast of WCAG 2."""
    dark, light = sorted(XYZ[1] @ linear(rgb) for rgb in (one, other))
    return (light + 0.05) / (dark + 0.05)


def turned(rgb):
    """Return what lossbook.css makes of a figure's colour in dark mode: invert, turn the hue.

    The matrix is hueRotate(180deg) of Filter Effects Level 1, which works on sRGB's own values.
    """
    keep = np.array([0.213, 0.715, 0.072])
    return np.clip((2 * np.outer(np.ones(3), keep) - np.eye(3)) @ (1 - rgb), 0, 1)


def series(theme):
    """Return the colours of the explorables in a theme, in their order."""
    head = r"^\.explorable \{" if theme == "light" else r"^html\[data-theme=\"dark\"\][^{]*\{"
    rule = re.search(head + "(.*?)}", KIT, re.S | re.M)[1]
    return [colour for _, colour in sorted(re.findall(r"--series-(\d): (#\w{6})", rule))]


def drawn(place, theme):
    """Return colours and second cues of what is drawn together."""
    if place == "explorables":
        return [srgb(c) for c in series(theme)], list(zip(DASHES, SHAPES, strict=True))
    colours = [srgb(entry["color"]) for entry in CYCLE]
    cues = [str(entry["linestyle"]) for entry in CYCLE]
    return [turned(c) for c in colours] if theme == "dark" else colours, cues


PLACES = pytest.mark.parametrize("place", ["figures", "explorables"])
THEMES = pytest.mark.parametrize("theme", ["light", "dark"])


@THEMES
@PLACES
@pytest.mark.parametrize("eyes", EYES)
def test_two_colours_are_told_apart_by_hue_or_by_a_second_cue(place, theme, eyes):
    colours, cues = drawn(place, theme)
    confused = [
        (a, b)
        for a, b in combinations(range(len(colours)), 2)
        if (apart := distance(colours[a], colours[b], eyes)) < LEAST_DISTANCE
        and (cues[a] == cues[b] or apart < LEAST_WITH_CUE)
    ]
    assert confused == []


@THEMES
@PLACES
def test_colour_stands_out_from_the_ground(place, theme):
    """Two light colours of the figures do not on white; they come last, and in broken lines."""
    colours, cues = drawn(place, theme)
    against = [contrast(colour, srgb(GROUND[theme])) for colour in colours]
    pale = {i for i, ratio in enumerate(against) if ratio < LEAST_CONTRAST}
    assert pale == ({4, 5} if (place, theme) == ("figures", "light") else set())
    assert all(against[i] > LEAST_WITH_STYLE and cues[i] != "-" for i in pale)


def test_series_has_as_many_colours_as_cues():
    assert len(CYCLE) == 6
    assert len(series("light")) == len(series("dark")) == len(DASHES) == len(SHAPES) == 5


def is_hue(colour):
    return np.ptp(srgb(colour)) > 0


def cells():
    """Yield the code of every cell that names colours, with its notebook."""
    for path in sorted((ROOT / "book").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            code = "".join(cell["source"])
            if cell["cell_type"] == "code" and "lb.explorable" not in code:
                named = re.findall(r"#[0-9A-Fa-f]{6}\b", code)
                named += re.findall(r"\bcolors?=[\"'](?!none)([^\"'#C][^\"']*)[\"']", code)
                if named:
                    yield path.name, cell["id"], sorted(set(named))


def test_notebooks_draw_in_the_palette_or_in_grey():
    palette = {entry["color"].lower().removeprefix("#") for entry in CYCLE}
    outside = {
        (name, colour)
        for name, _, named in cells()
        for colour in named
        if colour.lower().removeprefix("#") not in palette and is_hue(colour)
    }
    assert outside == set()
    assert len(list(cells())) > 20


@pytest.mark.parametrize("eyes", EYES)
def test_colours_named_in_one_cell_are_told_apart(eyes):
    """They carry no style with them; a cell with a second cue of its own is named here.

    Greys are left out: they draw axes, contours and the mass of the data, thin or small.
    """
    confused = {
        (name, cell)
        for name, cell, named in cells()
        for one, other in combinations([c for c in named if is_hue(c)], 2)
        if distance(srgb(one), srgb(other), eyes) < LEAST_DISTANCE
    }
    # Groups in rows that begin with their names; lines with dashes and marks of their own.
    assert confused <= {("10-claims.ipynb", "count"), ("15-performance.ipynb", "looks")}


def test_simulation_knows_what_is_confused():
    """Neutral colours are seen by all alike; red and green of one lightness are confused."""
    red, green = srgb("#c8442e"), srgb("#7a7a00")
    assert distance(red, green, "all cones") > 2 * distance(red, green, "protanopia")
    for eyes in EYES.values():
        np.testing.assert_allclose(eyes @ np.ones(3), 1, atol=2e-6)


def test_figures_are_turned_as_the_browser_turns_them():
    """Black and white change places, and a hue stays."""
    np.testing.assert_allclose(turned(np.zeros(3)), 1, atol=1e-12)
    np.testing.assert_allclose(turned(np.ones(3)), 0, atol=1e-12)
    blue = turned(srgb("#0072B2"))
    assert blue.argmax() == 2 and blue.argmin() == 0
