"""The font of the formulas: STIX Two Math, cut to what formulas need and fitted to browsers.

The font comes from the package ziamath, under the SIL Open Font License. Its characters are a fixed
list, so that a browser keeps the font when the book changes; mathml.py warns where a formula needs
another.
"""

from __future__ import annotations

import unicodedata
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import fonts
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

PACKAGE, FILE = "ziamath", "ziamath/fonts/STIXTwoMath-Regular.ttf"

GREEK = "".join(map(chr, [*range(0x391, 0x3AA), *range(0x3B1, 0x3CA)])) + "ϵϑϕϱϖ"
LATIN = "".join(map(chr, range(0x20, 0x7F))) + "\u00a0"
SIGNS = (
    "±×÷·∂∇∏∑∫√∞∝∀∃∅∈∉⊂⊆∪∩∧∨¬≈≃≅≠≡≤≥≪≫∼⊥∥‖∣∘∗⋅…⋯⋮⋱←→↑↓↔⇐⇒⇔↦⟨⟩⌈⌉⌊⌋′″ℓ−⏞⏟ˆ˜¯˙¨´⊗⊕⊙†⊤"
    "\u2061\u2062\u2063\u200b"
)
# Letters with a shape of their own; the gaps in Unicode's runs are filled by older characters.
ITALIC = "".join(map(chr, [*range(0x1D434, 0x1D468), *range(0x1D6E2, 0x1D71C)])) + "ℎ"
SCRIPT = "".join(map(chr, range(0x1D49C, 0x1D4D0))) + "ℬℰℱℋℐℒℳℛℯℊℴ"
DOUBLE_STRUCK = "".join(map(chr, range(0x1D538, 0x1D552))) + "ℂℍℕℙℚℝℤ"
BOLD = "".join(map(chr, [*range(0x1D400, 0x1D434), *range(0x1D7CE, 0x1D7D8)]))
CHARACTERS = frozenset(
    character
    for character in LATIN + GREEK + SIGNS + ITALIC + SCRIPT + DOUBLE_STRUCK + BOLD
    if unicodedata.category(character) != "Cn"  # a gap
)


def make_font(target: Path) -> None:
    """Write the font, if it is not there or this recipe is newer."""
    source = Path(str(distribution(PACKAGE).locate_file(FILE)))
    recipe = [source, Path(__file__), Path(fonts.__file__)]
    newest = max(file.stat().st_mtime for file in recipe)
    if target.exists() and target.stat().st_mtime > newest:
        return
    font = TTFont(source, recalcTimestamp=False)
    _set_distances(font)
    _show_primes_large(font)
    _raise_accents(font)
    _narrow_tall_glyphs(font)
    fonts.save_subset(font, map(ord, CHARACTERS), target)


def _set_distances(font: TTFont) -> None:
    """Take what reads well where a browser does less than TeX."""
    constants = font["MATH"].table.MathConstants
    # A script hangs on its box; TeX exempts single letters, a browser does not, and the index of p
    # would be lower than that of w.
    constants.SubscriptBaselineDropMin.Value = 0
    constants.SuperscriptBaselineDropMax.Value = 386  # TeX's
    # The bar of a root would touch the bar of the fraction above it.
    constants.FractionDenominatorGapMin.Value = 110
    constants.FractionDenomDisplayStyleGapMin.Value = 220


def _show_primes_large(font: TTFont) -> None:
    """Give the prime the form that stands in a superscript, where TeX puts it."""
    for table in font["cmap"].tables:
        if 0x2032 in table.cmap:
            table.cmap[0x2032] = "minute.ssty"


def _narrow_tall_glyphs(font: TTFont) -> None:
    """Make stretched signs little wider than unstretched ones.

    Chromium gives a sign that stretches the room of its widest form, whichever it draws, and so
    leaves a gap behind a small root or parenthesis.
    """
    variants = font["MATH"].table.MathVariants
    cmap = font.getBestCmap()
    for sign in "√()[]{}⌈⌉⌊⌋⟨⟩":
        base = cmap[ord(sign)]
        construction = variants.VertGlyphConstruction[
            variants.VertGlyphCoverage.glyphs.index(base)
        ]
        forms = {v.VariantGlyph for v in construction.MathGlyphVariantRecord}
        if construction.GlyphAssembly:
            forms |= {part.glyph for part in construction.GlyphAssembly.PartRecords}
        width = font["hmtx"][base][0] * (1 if sign == "√" else 1.2)
        for form in forms - {base}:
            _set_width(font, form, round(width))


def _raise_accents(font: TTFont) -> None:
    """Keep hats and bars off their letters."""
    cmap = font.getBestCmap()
    for sign in "ˆ˜¯˙¨´`":
        _redraw(font, cmap[ord(sign)], (1, 0, 0, 1, 0, 60))


def _set_width(font: TTFont, glyph: str, width: int) -> None:
    """Squeeze a glyph to a width; one that several signs share is squeezed once."""
    old, _ = font["hmtx"][glyph]
    if old > width:
        _redraw(font, glyph, (width / old, 0, 0, 1, 0, 0))
        font["hmtx"][glyph] = (width, font["glyf"][glyph].xMin)


def _redraw(font: TTFont, glyph: str, matrix: tuple[float, ...]) -> None:
    glyphs: Any = font.getGlyphSet()
    outline = DecomposingRecordingPen(glyphs)
    glyphs[glyph].draw(outline)
    pen = TTGlyphPen(None)
    outline.replay(TransformPen(pen, matrix))
    font["glyf"][glyph] = changed = pen.glyph()
    changed.recalcBounds(font["glyf"])
