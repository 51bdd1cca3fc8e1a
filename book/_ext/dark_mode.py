"""The Sphinx extension that lets pictures stand on a dark page as they are.

They are transparent, and the style sheet turns their ink; the theme would put a white slab behind
each that has not this class.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

AS_IT_IS = "dark-light"  # the theme's name for it


def mark_images(app: Sphinx, doctree: nodes.document) -> None:
    """Give each picture of a page the class."""
    for image in doctree.findall(nodes.image):
        image["classes"].append(AS_IT_IS)


def setup(app: Sphinx) -> dict[str, Any]:
    """Mark them in each page when it is read."""
    app.connect("doctree-read", mark_images)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
