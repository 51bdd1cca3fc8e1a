r"""The Sphinx extension that writes formulas as MathML, which a browser draws by itself.

math-core reads the TeX at build, so a page carries no script for it. A formula that it cannot read,
or that the font has not all characters for, is a warning, and so fails the build.
docs/decisions/mathml.md compares it with others.
"""

from __future__ import annotations

import html
import re
from typing import Any

from docutils import nodes
from math_core import LatexError, LatexToMathML
from mathfont import CHARACTERS
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

CONVERTER = LatexToMathML(annotation=True, fancy_error=False)
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
SIGNS = re.compile(r"<m[ion]\b[^>]*>([^<]+)<")

# math-core takes these for something else and says nothing.
UNREAD = {
    r"\\\\\s*\[\s*-?[\d.]+\s*\w+\s*\]": r"the room in \\[...]",
    r"\\(?:mathcal|mathscr|mathfrak)\s*\{[^{}]*\d[^{}]*\}": "digits of an alphabet without any",
}
# Browsers know that a parenthesis stretches by its place in a row. WebKit forgets it where the size is
# given, and Chromium where it carries a script, as in \bigr)^2, unless that row is its own.
SIZED = re.compile(
    r'<mo(?![^>]*infix)[^>]*? (minsize="[^"]+" maxsize="[^"]+")>([^<]+)</mo>'
)
STRETCHED = r'<mrow><mo stretchy="true" symmetric="true" lspace="0" rspace="0" \1>\2</mo></mrow>'
VARIANT = "\ufe00"  # asks for one of two forms of a script letter; the font has one


def convert(tex: str, *, display: bool) -> str:
    """Return a formula as one math element, with its TeX beside for who copies it.

    Raises
    ------
    ValueError
        If math-core cannot read it, or the font cannot show it.
    """
    for pattern, name in UNREAD.items():
        if found := re.search(pattern, tex):
            raise ValueError(f"math-core does not read {name}: {found[0]}")
    try:
        mathml = CONVERTER.convert_with_local_state(tex.strip(), displaystyle=display)
    except LatexError as error:
        raise ValueError(str(error)) from None
    mathml = SIZED.sub(STRETCHED, mathml).replace(VARIANT, "")
    missing = set(html.unescape("".join(SIGNS.findall(mathml)))) - CHARACTERS
    if missing:
        raise ValueError(f"CHARACTERS in mathfont.py lack {' '.join(sorted(missing))}")
    return mathml


def with_rows(text: str) -> str:
    """Return displayed TeX with its rows: line breaks align at &, an empty line ends an equation."""
    equations = [
        rf"\begin{{aligned}}{part}\end{{aligned}}"
        if r"\\" in ENVIRONMENT.sub("", part)
        else part
        for part in re.split(r"\n\s*\n", text)
        if part.strip()
    ]
    if len(equations) == 1:
        return equations[0]
    return r"\begin{aligned}" + r"\\".join(equations) + r"\end{aligned}"


def formula(node: nodes.Element, tex: str, *, display: bool) -> str:
    """Return what stands in the page for a formula."""
    try:
        return convert(tex, display=display)
    except ValueError as error:
        logger.warning(
            "this formula cannot be shown: %s\n%s",
            error,
            tex,
            location=node,
            type="lossbook",
            subtype="maths",
        )
        return f"<code>{html.escape(tex)}</code>"


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    self.body.append(formula(node, node.astext(), display=False))
    raise nodes.SkipNode


def visit_displaymath(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, in a box that can hold its number and scroll."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    tex = node.astext() if node["nowrap"] else with_rows(node.astext())
    self.body.append(formula(node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the place of sphinx.ext.mathjax, which Sphinx itself always loads."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
