"""The Sphinx extension that gives the pages the book's style, templates, icons and fonts.

The theme's style comes first, cut to the icons that the pages show (icons.py), then the book's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from icons import SHEET, make_icons
from mathfont import make_font
from sphinx.application import Sphinx
from sphinx.config import Config

BOOK = Path(__file__).parent.parent


def made_folder(app: Sphinx) -> Path:
    """Return the folder of the static files that are made at build."""
    return Path(app.doctreedir).parent / ".lossbook-static"


def add_files(app: Sphinx, config: Config) -> None:
    """Name the folders of templates and static files; the last one wins over the theme's."""
    made_folder(app).mkdir(parents=True, exist_ok=True)
    config.templates_path.append(str(BOOK / "_templates"))
    config.html_static_path += [str(BOOK / "_static"), str(made_folder(app))]
    # The theme's two, which it would load from outside of Sphinx's list, one by way of the other.
    app.add_css_file("basic.css", priority=100)
    app.add_css_file(SHEET, priority=101)
    app.add_css_file("lossbook.css")
    app.add_css_file("icons.css")
    app.add_css_file("maths.css")
    app.add_css_file("print.css", media="print")
    app.add_js_file("maths.js", loading_method="defer")


def make_files(app: Sphinx) -> None:
    """Cut fonts and style from their packages."""
    make_icons(made_folder(app))
    make_font(made_folder(app) / "maths.woff2")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx's events."""
    app.connect("config-inited", add_files)
    app.connect("builder-inited", make_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
