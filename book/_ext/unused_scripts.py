"""The Sphinx extension that drops Thebe, which pages would load from another host, and repetitions.

Jupyter Book loads Thebe's extension even where its configuration says `thebe: false`.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def drop_files(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: object,
) -> None:
    """Keep each script and style sheet of a page once, and Thebe's not at all."""
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
    """Remove the block of settings that Thebe's extension writes into every page."""
    for raw in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in raw.astext() or "thebe_selector" in raw.astext():
            raw.parent.remove(raw)


def setup(app: Sphinx) -> dict[str, Any]:
    """Drop them after all that adds them."""
    app.connect("doctree-resolved", drop_thebe_settings, priority=900)
    app.connect("html-page-context", drop_files, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
