"""The Sphinx extension that says what a page is, to search engines and in shared links.

Each page gets a description, made from its first paragraph unless it brings one (`html_meta`), and
Open Graph tags. Where the book's address is known (html_baseurl) they name it, with a preview
picture, and a sitemap is written. The page at the root, which only leads to the front page, has the
front page's tags: it is the address that people share.
"""

from __future__ import annotations

import html
import posixpath
import re
import textwrap
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import preview
from docutils import nodes
from sphinx.application import Sphinx

SHORTEST, ENOUGH, LONGEST = 50, 100, 160  # characters of a description
MATHS = "\ufffc"  # stands for an object in a text
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
# What the root takes over from the front page.
TAKEN = re.compile(
    r'<title>.*?</title>|<meta (?:name="(?:description|twitter:)|property="og:)[^>]*>'
    r'|<link rel="canonical"[^>]*>',
    re.DOTALL,
)


def text_of(paragraph: nodes.Element) -> str:
    """Return a paragraph's text in one line, with a mark where it has a formula."""
    paragraph = paragraph.deepcopy()
    for formula in list(paragraph.findall(nodes.math)):
        formula.replace_self(nodes.Text(MATHS))
    return " ".join(paragraph.astext().split())


def description(doctree: nodes.document) -> str:
    """Return the first whole sentences of a page, none of which has a formula.

    "By the end of this chapter you can", which leads into a list, is no whole sentence.
    """
    for section in doctree.findall(nodes.section):
        for paragraph in (c for c in section.children if type(c) is nodes.paragraph):
            sentences = re.findall(r"\S.*?[.?!](?=\s|$)", text_of(paragraph))
            sentences = [s for s in sentences if MATHS not in s]
            if sentences:
                return shortened(sentences)
    return ""


def shortened(sentences: list[str]) -> str:
    """Return as many sentences as fit; where that says too little, as many words."""
    taken = ""
    for sentence in sentences:
        longer = f"{taken} {sentence}".strip()
        if len(longer) > LONGEST:
            if len(taken) >= ENOUGH:
                break
            return textwrap.shorten(longer, LONGEST, placeholder=" …")
        taken = longer
    return taken


def given_description(doctree: nodes.document | None) -> str:
    """Return the description that a page brings itself, or ""."""
    for meta in doctree.findall(nodes.meta) if doctree else ():
        if meta.get("name") == "description":
            return meta["content"]
    return ""


def describe(app: Sphinx, title: str, doctree: nodes.document | None) -> str:
    """Return a page's description; that of a page without sentences names the book."""
    own = description(doctree) if doctree else ""
    if len(own) >= SHORTEST:
        return own
    front = description(app.env.get_doctree(app.config.root_doc))
    return shortened([own or f"{title}.", front])


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
    given = given_description(doctree)
    words = given or describe(app, title, doctree)
    tags = [] if given else [tag("name", "description", words)]
    graph = {
        "title": title,
        "description": words,
        "type": "website" if is_front else "article",
        "site_name": app.config.html_title or app.config.project,
    }
    card = "summary"
    if context.get("pageurl"):
        graph["url"] = context["pageurl"]
        path, alt = preview.picture(app, pagename, doctree)
        graph["image"] = posixpath.join(app.config.html_baseurl, path)
        graph["image:alt"] = alt
        graph["image:width"], graph["image:height"] = preview.SIZE
        card = "summary_large_image"
    tags += [tag("property", f"og:{name}", content) for name, content in graph.items()]
    tags.append(tag("name", "twitter:card", card))
    context["metatags"] = context.get("metatags", "") + "\n" + "\n".join(tags)


def write_root(app: Sphinx) -> None:
    """Lead from the root to the front page, with its title and tags."""
    root = Path(app.outdir, "index.html")
    front = app.builder.get_target_uri(app.config.root_doc)
    if front == root.name:
        return
    head = TAKEN.findall(Path(app.outdir, front).read_text(encoding="utf-8"))
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{app.config.language}">',
        '<meta charset="utf-8" />',
        f'<meta http-equiv="refresh" content="0; url={front}" />',
        *head,
        f'<p><a href="{front}">{html.escape(app.config.html_title)}</a></p>',
    ]
    root.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_sitemap(app: Sphinx) -> None:
    """List every page of the book for search engines, where it has an address."""
    sitemap = Path(app.outdir, "sitemap.xml")
    if not app.config.html_baseurl:
        sitemap.unlink(missing_ok=True)  # of an earlier build
        return
    urls = ElementTree.Element("urlset", xmlns=SITEMAP)
    for name in sorted(app.env.found_docs):
        address = posixpath.join(
            app.config.html_baseurl, app.builder.get_target_uri(name)
        )
        ElementTree.SubElement(
            ElementTree.SubElement(urls, "url"), "loc"
        ).text = address
    ElementTree.ElementTree(urls).write(sitemap, encoding="utf-8", xml_declaration=True)


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write what is beside the pages, once they are there."""
    if exception is None and app.builder.name == "html":
        write_root(app)
        write_sitemap(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx's events."""
    app.connect("html-page-context", add_tags)
    app.connect("build-finished", write_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
