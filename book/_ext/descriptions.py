"""A page in a sentence or two, for search engines and shared links: from its first paragraph."""

from __future__ import annotations

import re
import textwrap

from docutils import nodes
from sphinx.application import Sphinx

SHORTEST, ENOUGH, LONGEST = 50, 100, 160  # characters of a description
MATHS = "\ufffc"  # stands for an object in a text


def text_of(paragraph: nodes.Element) -> str:
    """Return a paragraph's text in one line, with a mark where it has a formula."""
    paragraph = paragraph.deepcopy()
    for formula in list(paragraph.findall(nodes.math)):
        formula.replace_self(nodes.Text(MATHS))
    return " ".join(paragraph.astext().split())


def first_sentences(doctree: nodes.document) -> str:
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


def own_description(doctree: nodes.document | None) -> str:
    """Return the description that a page brings itself, or ""."""
    for meta in doctree.findall(nodes.meta) if doctree else ():
        if meta.get("name") == "description":
            return meta["content"]
    return ""


def made_description(app: Sphinx, title: str, doctree: nodes.document | None) -> str:
    """Return a description of a page that brings none; where it says too little, the book's too."""
    words = first_sentences(doctree) if doctree else ""
    if len(words) >= SHORTEST:
        return words
    front = first_sentences(app.env.get_doctree(app.config.root_doc))
    return shortened([words or f"{title}.", front])
