"""The Sphinx extension of this book: offline, with alt text, in one style.

It copies MathJax from its package into the build, drops what would ask another host, refuses an
image without alt text, and adds the book's style sheet.
"""

from __future__ import annotations

import shutil
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

STATIC = Path(__file__).parent.parent / "_static"
MATHJAX_PACKAGE = "sphinx-mathjax-offline"
MATHJAX_PARTS = (
    "tex-chtml.js",
    "output/chtml/fonts/woff-v2",
)  # 1.6 MB of the package's 24


def copy_mathjax(app: Sphinx) -> None:
    """Put MathJax and its fonts where the pages look for them."""
    package = distribution(MATHJAX_PACKAGE).locate_file(
        f"{MATHJAX_PACKAGE}/static/mathjax"
    )
    for part in MATHJAX_PARTS:
        source, target = (
            Path(str(package)) / part,
            Path(app.outdir) / "_static/mathjax" / part,
        )
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)


def check_alt_text(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, and so fail the build, where an image does not say what it shows."""
    for image in doctree.findall(nodes.image):
        if len(image.get("alt", "").split()) < 4:
            logger.warning(
                "an image has no alt text that says what it shows; in a notebook it stands in "
                'the cell\'s metadata: {"mystnb": {"image": {"alt": "..."}}}',
                location=image,
                type="lossbook",
                subtype="alt",
            )
        # Figures are transparent: the style sheet turns their ink in dark mode, and the class
        # keeps the theme from putting a white slab behind them.
        image["classes"].append("dark-light")


def shorten_tracebacks(app: Sphinx, doctree: nodes.document) -> None:
    """Show of an error what it says; its frames name files of the machine that built the book."""
    for block in doctree.findall(nodes.literal_block):
        if block.get("language") == "ipythontb":
            message = block.astext().rstrip().rpartition("\n\n")[2]
            block.rawsource = message
            block.children = [nodes.Text(message)]


def keep_offline(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Drop Thebe, which would be fetched from another host, and scripts named twice."""
    kept: list[Any] = []
    for script in context.get("script_files", []):
        text = (
            f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}"
        )
        if "thebe" not in text.lower() and all(script is not other for other in kept):
            kept.append(script)
    context["script_files"] = kept


def drop_thebe_settings(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Remove the block of Thebe's settings that its extension writes into every page."""
    for raw in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in raw.astext() or "thebe_selector" in raw.astext():
            raw.parent.remove(raw)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx's events."""
    app.config.html_static_path.append(str(STATIC))
    app.add_css_file("lossbook.css")
    app.add_css_file("print.css", media="print")
    app.connect("builder-inited", copy_mathjax)
    app.connect("doctree-read", check_alt_text)
    app.connect("doctree-read", shorten_tracebacks)
    app.connect("doctree-resolved", drop_thebe_settings, priority=900)
    app.connect("html-page-context", keep_offline, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
