"""The Sphinx extension that says what a page is, to search engines and in shared links.

Each page gets a description and Open Graph tags. Where the book's address is known (html_baseurl)
they name it, with a preview picture; the sitemap and the page at the root belong to it.
docs/decisions/social-previews.md says why this is not sphinxext-opengraph.
"""

from __future__ import annotations

import html
import posixpath
import re
from typing import Any

from descriptions import made_description, own_description
from docutils import nodes
from social_pictures import SIZE, picture
from sphinx.application import Sphinx


def tag(kind: str, name: str, content: object) -> str:
    """Return a meta tag."""
    return f'<meta {kind}="{name}" content="{html.escape(str(content))}" />'


def add_tags(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put the tags into the head of a page."""
    title = html.unescape(re.sub(r"<[^>]+>", "", context.get("title", "")))
    title = title or app.config.html_title  # the index and the search have none yet
    is_front = pagename == app.config.root_doc
    if is_front:  # its title is the book's, which <title> would say twice
        context.setdefault("theme_logo", {})["text"] = context["docstitle"]
        context["docstitle"] = ""
    own = own_description(doctree)
    description = own or made_description(app, title, doctree)
    tags = [] if own else [tag("name", "description", description)]
    graph = {
        "title": title,
        "description": description,
        "type": "website" if is_front else "article",
        "site_name": app.config.html_title or app.config.project,
    }
    card = "summary"
    if context.get("pageurl"):
        graph["url"] = context["pageurl"]
        path, alt = picture(app, pagename, doctree)
        graph["image"] = posixpath.join(app.config.html_baseurl, path)
        graph["image:alt"] = alt
        graph["image:width"], graph["image:height"] = SIZE
        card = "summary_large_image"
    tags += [tag("property", f"og:{name}", content) for name, content in graph.items()]
    tags.append(tag("name", "twitter:card", card))
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the tags to each page, and what is beside the pages."""
    app.setup_extension("root_page")
    app.setup_extension("sitemap")
    app.connect("html-page-context", add_tags)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
