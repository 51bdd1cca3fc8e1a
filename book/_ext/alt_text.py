"""The Sphinx extension that refuses a picture without a text that says what it shows."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

FEWEST_WORDS = 4


def check_alt_text(app: Sphinx, doctree: nodes.document) -> None:
    """Warn, and so fail the build, where a picture's text is missing or too short to say it."""
    for image in doctree.findall(nodes.image):
        if len(image.get("alt", "").split()) < FEWEST_WORDS:
            logger.warning(
                "an image has no alt text that says what it shows; in a notebook it stands in "
                'the cell\'s metadata: {"mystnb": {"image": {"alt": "..."}}}',
                location=image,
                type="lossbook",
                subtype="alt",
            )


def setup(app: Sphinx) -> dict[str, Any]:
    """Check each page when it is read."""
    app.connect("doctree-read", check_alt_text)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
