"""The Sphinx extension of this book: offline, light, with alt text, in one style.

It puts the fonts and the theme's style, cut to what the book uses, before the theme's own; drops
what a page would load in vain or from another host; and refuses an image without alt text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from icons import SHEET, make_icons
from mathfont import make_font
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

logger = logging.getLogger(__name__)

BOOK = Path(__file__).parent.parent


def add_files(app: Sphinx, config: Config) -> None:
    """Name the folders of templates and static files; the last one wins over the theme's."""
    made(app).mkdir(parents=True, exist_ok=True)
    config.templates_path.append(str(BOOK / "_templates"))
    config.html_static_path += [str(BOOK / "_static"), str(made(app))]
    # The theme's two, which it would load from outside of Sphinx's list, one by way of the other.
    app.add_css_file("basic.css", priority=100)
    app.add_css_file(SHEET, priority=101)
    app.add_css_file("lossbook.css")
    app.add_css_file("icons.css")
    app.add_css_file("maths.css")
    app.add_css_file("print.css", media="print")
    app.add_js_file("maths.js", loading_method="defer")


def made(app: Sphinx) -> Path:
    """Return the folder of the static files that are made at build."""
    return Path(app.doctreedir).parent / ".lossbook-static"


def make_files(app: Sphinx) -> None:
    """Cut fonts and style from their packages."""
    make_icons(made(app))
    make_font(made(app) / "maths.woff2")


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


def drop_unused(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Drop Thebe, which would be fetched from another host, and what is named twice."""
    for kind in ("script_files", "css_files"):
        kept: list[Any] = []
        for file in context.get(kind, []):
            text = (
                f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}"
            )
            if "thebe" not in text.lower() and all(file is not other for other in kept):
                kept.append(file)
        context[kind] = kept


def drop_thebe_settings(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Remove the block of Thebe's settings that its extension writes into every page."""
    for raw in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in raw.astext() or "thebe_selector" in raw.astext():
            raw.parent.remove(raw)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx's events."""
    app.connect("config-inited", add_files)
    app.connect("builder-inited", make_files)
    app.connect("doctree-read", check_alt_text)
    app.connect("doctree-read", shorten_tracebacks)
    app.connect("doctree-resolved", drop_thebe_settings, priority=900)
    app.connect("html-page-context", drop_unused, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
