"""Write a font with only the characters that are needed, as browsers take it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont


def save_subset(font: TTFont, characters: Iterable[int], target: Path) -> None:
    """Cut a font to these characters, so far as it has them, and save it as WOFF2.

    Forms that a browser chooses by itself, such as smaller ones for scripts, would double it.
    """
    cutter = Subsetter(Options(hinting=False, layout_features=[]))
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    font.flavor = "woff2"
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target)
