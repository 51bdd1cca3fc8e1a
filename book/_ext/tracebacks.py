"""The Sphinx extension that shortens an error's traceback to its message.

Its frames name files of the machine that built the book.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def shorten_tracebacks(app: Sphinx, doctree: nodes.document) -> None:
    """Keep what stands behind the last empty line of each traceback."""
    for block in doctree.findall(nodes.literal_block):
        if block.get("language") == "ipythontb":
            message = block.astext().rstrip().rpartition("\n\n")[2]
            block.rawsource = message
            block.children = [nodes.Text(message)]


def setup(app: Sphinx) -> dict[str, Any]:
    """Shorten them in each page when it is read."""
    app.connect("doctree-read", shorten_tracebacks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
