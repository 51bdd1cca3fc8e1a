"""The Sphinx extension that lists the book's pages for search engines, where it has an address.

docs/decisions/sitemap.md says why this is not sphinx-sitemap.
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from sphinx.application import Sphinx

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def write_sitemap(app: Sphinx, exception: Exception | None) -> None:
    """Write the address of every page of the book, of those too that this build left as they were."""
    if exception is not None or app.builder.name != "html":
        return
    sitemap = Path(app.outdir, "sitemap.xml")
    if not app.config.html_baseurl:
        sitemap.unlink(missing_ok=True)  # of an earlier build
        return
    urls = ElementTree.Element("urlset", xmlns=NAMESPACE)
    for name in sorted(app.env.found_docs):
        path = app.builder.get_target_uri(name)
        location = ElementTree.SubElement(ElementTree.SubElement(urls, "url"), "loc")
        location.text = posixpath.join(app.config.html_baseurl, path)
    ElementTree.ElementTree(urls).write(sitemap, encoding="utf-8", xml_declaration=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Write it when the pages are there."""
    app.connect("build-finished", write_sitemap)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
