"""The Sphinx extension that leads from the root of the site to the book's front page.

The root is the address that people share, so it has the front page's title and tags.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

# What the root takes over from the front page.
TAGS = re.compile(
    r'<title>.*?</title>|<meta (?:name="(?:description|twitter:)|property="og:)[^>]*>'
    r'|<link rel="canonical"[^>]*>',
    re.DOTALL,
)


def write_root(app: Sphinx, exception: Exception | None) -> None:
    """Write the page at the root, unless the front page is there already."""
    if exception is not None or app.builder.name != "html":
        return
    root = Path(app.outdir, "index.html")
    front = app.builder.get_target_uri(app.config.root_doc)
    if front == root.name:
        return
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{app.config.language}">',
        '<meta charset="utf-8" />',
        f'<meta http-equiv="refresh" content="0; url={front}" />',
        *TAGS.findall(Path(app.outdir, front).read_text(encoding="utf-8")),
        f'<p><a href="{front}">{html.escape(app.config.html_title)}</a></p>',
    ]
    root.write_text("\n".join(lines) + "\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Write it when the pages are there."""
    app.connect("build-finished", write_root)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
