"""Formulas in WebKit, which is what an iPhone has: no sign on another, no accent off its letter.

Chromium and Firefox set a formula's boxes otherwise; what is right there can be wrong here.
"""

import re
from pathlib import Path

import pytest
import webkit
from conftest import CHAPTERS, SITE
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

pytestmark = pytest.mark.skipif(not webkit.is_installed(), reason=webkit.MISSING)

WITH_FORMULAS = [page for page in CHAPTERS if "<math" in (SITE / page).read_text(encoding="utf-8")]
OVERLAP = 0.05  # em, that boxes may share both ways; without maths.css some share 0.6
ACCENT_GAP = 0.2  # em, between the ink of an accent and that of its letter
ACCENTS = "ˆ˜¯˙¨´`"

# The box of a token of MathML, in WebKit: as high as its ink, as wide as its advance and the room
# around an operator. Of an accent, the style has set the height; its ink is known from the font.
LOOK = """
const em = (node) => parseFloat(getComputedStyle(node).fontSize);

function box(token) {
  const room = (side) => (parseFloat(token.getAttribute(side)) || 0) * em(token);
  const { left, right, top, bottom } = token.getBoundingClientRect();
  const inner = { left: left + room("lspace"), right: right - room("rspace") };
  return { sign: token.textContent, em: em(token), top, bottom, ...inner };
}

function overlaps(math, tolerance) {
  const boxes = [...math.querySelectorAll("mi, mn, mo, mtext")]
    .map(box)
    .filter(({ left, right, top, bottom }) => right > left && bottom > top);
  return boxes.flatMap((a, i) =>
    boxes.slice(0, i).flatMap((b) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const shared = Math.min(wide, tall) / Math.min(a.em, b.em);
      return shared > tolerance ? [`${b.sign} and ${a.sign} share ${shared.toFixed(2)} em`] : [];
    }),
  );
}

function gap(accented, { ascent, lowest }) {
  const [letter, accent] = accented.children;
  const text = document.createRange();
  text.selectNodeContents(accent);
  const size = em(accent);
  const baseline = text.getBoundingClientRect().top + Math.round(ascent * size);
  const ink = baseline - lowest[accent.textContent] * size;
  return (letter.getBoundingClientRect().top - ink) / size;
}

document.querySelectorAll("details").forEach((details) => (details.open = true));
const maths = [...document.querySelectorAll("math")];
const accented = [...document.querySelectorAll("mover[accent]")].filter(
  ({ lastChild }) => lastChild.textContent in arguments[1].lowest,
);
return {
  formulas: maths.length,
  unseen: maths.filter((math) => !math.getBoundingClientRect().width).length,
  overlaps: maths.flatMap((math) => overlaps(math, arguments[0])),
  gaps: accented.map((one) => [one.textContent, gap(one, arguments[1])]),
};
"""

# Without the rules, and with the alignment that browsers of this engine give cells by themselves.
WITHOUT = """
for (const cell of document.querySelectorAll("mtd"))
  cell.style.textAlign = cell.style.textAlign.replace("right", "-webkit-right");
for (const { cssRules } of [...document.styleSheets].filter(({ href }) => /maths.css/.test(href)))
  for (const rule of [...cssRules].filter((rule) => arguments[0].includes(rule.selectorText)))
    rule.style.cssText = "";
"""


@pytest.fixture(scope="module")
def browser():
    with webkit.webkit() as started:
        yield started


@pytest.fixture(scope="module")
def ink():
    """Return where the font's lines and its accents end, in em."""
    font = TTFont(SITE / "_static" / "maths.woff2")
    em, glyphs, names = font["head"].unitsPerEm, font.getGlyphSet(), font.getBestCmap()

    def lowest(sign):
        pen = BoundsPen(glyphs)
        glyphs[names[ord(sign)]].draw(pen)
        return pen.bounds[1] / em

    return {"ascent": font["hhea"].ascent / em, "lowest": {sign: lowest(sign) for sign in ACCENTS}}


def far(gaps):
    return [(text, gap) for text, gap in gaps if not -OVERLAP <= gap <= ACCENT_GAP]


@pytest.mark.parametrize("page", WITH_FORMULAS, ids=lambda page: Path(page).stem)
def test_signs_keep_apart_and_accents_sit_on_their_letters(browser, server, ink, page):
    browser.open(server + page)
    seen = browser.run(LOOK, OVERLAP, ink)
    assert seen["formulas"] == len(re.findall("<math", (SITE / page).read_text(encoding="utf-8")))
    assert seen["unseen"] == 0
    assert seen["overlaps"] == []
    assert far(seen["gaps"]) == []


def test_it_would_see_what_the_style_mends(browser, server, ink):
    browser.open(server + "book/03-regularization.html")
    assert far(browser.run(LOOK, OVERLAP, ink)["gaps"]) == []
    browser.run(WITHOUT, ["mtd *", 'mover[accent] > mo[stretchy="false"]'])
    seen = browser.run(LOOK, 5 * OVERLAP, ink)
    assert len(seen["overlaps"]) >= 3
    assert seen["gaps"] and min(gap for _, gap in seen["gaps"]) > 2 * ACCENT_GAP
