"""The Sphinx extension that writes formulas as MathML, which a browser draws by itself.

MathJax reads the TeX at build, in V8, and mathml.js fits what it writes to browsers; a page carries
neither. A formula that MathJax cannot read, or that the font has not all characters for, is a
warning, and so fails the build.
"""

from __future__ import annotations

import atexit
import html
import json
import re
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from docutils import nodes
from mathfont import CHARACTERS
from py_mini_racer import MiniRacer
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

PACKAGE = "sphinx-mathjax-offline"
COMPONENTS = (
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
)
ENVIRONMENT = re.compile(r"\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.DOTALL)
SIGNS = re.compile(r"<m[ion]\b[^>]*>([^<]+)<")


@cache
def engine() -> MiniRacer:
    """Start V8 with MathJax in it, once for all formulas; that takes a third of a second."""
    package = distribution(PACKAGE).locate_file(f"{PACKAGE}/static/mathjax")
    racer = MiniRacer()
    atexit.register(racer.close)  # left open, it keeps Python from ending
    for component in COMPONENTS:
        racer.eval(Path(str(package), component).read_text(encoding="utf-8"))
    racer.eval(Path(__file__).with_name("mathml.js").read_text(encoding="utf-8"))
    return racer


@cache
def convert(tex: str, *, display: bool) -> str:
    """Return a formula as one math element, with its TeX beside for who copies it.

    Raises
    ------
    ValueError
        If MathJax cannot read it, or the font cannot show it.
    """
    call = f"convert({json.dumps(tex)}, {json.dumps(display)})"
    answer = json.loads(str(engine().eval(call)))
    if "error" in answer:
        raise ValueError(answer["error"])
    mathml = answer["mathml"]
    missing = set(html.unescape("".join(SIGNS.findall(mathml)))) - CHARACTERS
    if missing:
        raise ValueError(f"CHARACTERS in mathfont.py lack {' '.join(sorted(missing))}")
    start, content = re.fullmatch(r"(<math.*?>)(.*)</math>", mathml).groups()
    source = html.escape(tex.strip(), quote=False)
    return (
        f"{start}<semantics><mrow>{content}</mrow>"
        f'<annotation encoding="application/x-tex">{source}</annotation></semantics></math>'
    )


def lines(text: str) -> str:
    """Return displayed TeX with its rows: line breaks align at &, an empty line ends an equation."""
    equations = [
        rf"\begin{{split}}{part}\end{{split}}"
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
    tex = node.astext() if node["nowrap"] else lines(node.astext())
    self.body.append(formula(node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the place of sphinx.ext.mathjax, which Sphinx itself always loads."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
