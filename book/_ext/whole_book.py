"""The whole book as one document: the articles of the built pages, in the order of `_toc.yml`.

Ids become unique and links between pages lead to places in the document; what only a screen can show is
dropped. How it looks is `_static/print.css`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

from bs4 import BeautifulSoup, Tag
from sphinx_external_toc.parsing import parse_toc_yaml

import lossbook

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"

# Attributes that name ids of the same page.
REFERRING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
PLAIN_TOKENS = "pre span.n, pre span.p, pre span.o, pre span.w, pre span:empty"
CONTENTS = {"h1": "to-page", "h2": "to-section"}  # the levels listed
FRONT = "About this book"  # the front page's heading is the book's title, which is said
LICENCE = (
    "Text and figures: Creative Commons Attribution 4.0 International (CC BY 4.0). "
    "Code: BSD 3-Clause."
)


@dataclass
class Page:
    """A page of the site: its file, the part of the book it belongs to, its article."""

    path: Path
    part: str
    soup: BeautifulSoup

    @property
    def name(self) -> str:
        """What its ids begin with."""
        return self.path.stem

    @property
    def article(self) -> Tag:
        """The page without the navigation around it."""
        return self.soup.select_one("article.bd-article")

    @property
    def heading(self) -> Tag:
        """The page's title."""
        return self.article.h1


def read_pages() -> list[Page]:
    """Return the built pages in the order of _toc.yml."""
    toc = parse_toc_yaml(ROOT / "_toc.yml")
    parts = {"": [toc.root.docname]} | {
        tree.caption: list(tree.items) for tree in toc.root.subtrees
    }
    return [
        Page(path, part, BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser"))
        for part, names in parts.items()
        for path in (SITE / f"{name}.html" for name in names)
    ]


def drop_what_paper_cannot_show(page: Page) -> None:
    """Remove scripts, buttons, interactive figures and links to a heading; open what is folded."""
    for tag in page.article.select("script, button, .sd-btn, .explorable, .headerlink"):
        tag.decompose()
    for details in page.article.select("details"):
        details["open"] = ""
    # Each coloured word of code is an element of the PDF for those who hear it. Most have the
    # colour of the text anyway: without them the file is half as large, and reads in whole lines.
    for token in page.article.select(PLAIN_TOKENS):
        token.unwrap()
    page.article.smooth()


def move_ids_to_headings(page: Page) -> None:
    """Let links to a section lead to its heading: the section may begin a sheet earlier."""
    for section in page.article.select("section[id]"):
        if heading := section.find(re.compile("h[1-6]"), recursive=False):
            for label in section.select(":scope > span[id]"):
                heading.insert(0, label.extract())
            heading["id"] = section.attrs.pop("id")


def make_ids_unique(page: Page) -> None:
    """Put the page's name before each of its ids, and before what refers to them."""
    for tag in page.article.find_all(True):
        if "id" in tag.attrs:
            tag["id"] = f"{page.name}:{tag['id']}"
        for key in REFERRING:
            if key in tag.attrs:
                names = tag[key] if isinstance(tag[key], list) else tag[key].split()
                tag[key] = " ".join(f"{page.name}:{name}" for name in names)
    page.article["id"] = page.name


def resolve_addresses(page: Page, names: dict[str, str]) -> None:
    """Turn links to pages of the book into links inside the document, others into whole ones.

    `names` has the name of each page by its address.
    """
    base = page.path.as_uri()
    for tag in page.article.select("[src]"):
        tag["src"] = urljoin(base, tag["src"])
    for link in page.article.select("a[href]"):
        address, fragment = urldefrag(urljoin(base, link["href"]))
        if address in names:
            target = names[address] + (f":{unquote(fragment)}" if fragment else "")
            link["href"] = f"#{target}"
        elif address.startswith("file:"):
            link.unwrap()  # the index and the notebooks are not in the PDF


def check_links(pages: list[Page]) -> None:
    """Refuse a document in which a link leads nowhere."""
    ids = {
        tag["id"] for page in pages for tag in page.soup.select("article, article [id]")
    }
    links = {a["href"] for page in pages for a in page.article.select("a[href^='#']")}
    if missing := sorted(link for link in links if link[1:] not in ids):
        raise ValueError(f"links that lead nowhere: {', '.join(missing)}")


def style_sheets(pages: list[Page]) -> str:
    """Return the style sheets of the pages."""
    kept: dict[str, None] = {}
    for page in pages:
        for tag in page.soup.head.select("link[rel~=stylesheet]"):
            tag["href"] = urljoin(page.path.as_uri(), tag["href"])
            kept[str(tag)] = None
    return "\n".join(kept)


def running_heads(pages: list[Page]) -> str:
    """Return the style that puts each page's title at the head of its sheets."""
    return "\n".join(
        f"article[id='{page.name}'] {{ page: sheet-{number} }}\n"
        f"@page sheet-{number} {{ @top-left {{ content: "
        f"{json.dumps(plain(page.heading), ensure_ascii=False)} }} }}"
        for number, page in enumerate(pages)
    )


def plain(heading: Tag) -> str:
    """Return a heading as text."""
    return " ".join(heading.get_text().split())


def title_page(title: str, author: str, date: str) -> str:
    """Return the first page."""
    return f"""<header class="title-page">
<h1>{escape(title)}</h1>
<p>{escape(author)}</p>
<p>Version {escape(lossbook.__version__)}, built {escape(date)}</p>
<p class="licence">{escape(LICENCE)}</p>
</header>"""


def contents(pages: list[Page], sheet_of: dict[str, int]) -> str:
    """Return the list of pages and sections, with the sheet of paper each begins on."""
    lines, part = [], None
    for page in pages:
        if page.part and page.part != part:
            lines.append(f'<p class="part">{escape(page.part)}</p>')
        part = page.part
        for heading in page.article.select(", ".join(CONTENTS)):
            place = heading["id"]
            lines.append(
                f'<p class="{CONTENTS[heading.name]}"><a href="#{place}">'
                f"<span>{escape(plain(heading))}</span>"
                f"<span>{sheet_of.get(place, 0)}</span></a></p>"
            )
    return (
        '<nav class="book-contents"><h1>Contents</h1>\n' + "\n".join(lines) + "\n</nav>"
    )


def joined_document(pages: list[Page], front: str, sheet_of: dict[str, int]) -> str:
    """Return the whole book as one document."""
    title = plain(BeautifulSoup(front, "html.parser").h1)
    articles = "\n".join(str(page.article) for page in pages)
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
{style_sheets(pages)}
<style>
@page {{ size: A4 }}
{running_heads(pages)}
</style>
</head>
<body class="whole-book">
{front}
<div class="bd-article-container">
{contents(pages, sheet_of)}
{articles}
</div>
</body>
</html>
"""


def prepared_pages() -> list[Page]:
    """Return the pages of the book, ready to stand in one document."""
    pages = read_pages()
    names = {page.path.as_uri(): page.name for page in pages}
    pages[0].heading.string = FRONT
    for page in pages:
        drop_what_paper_cannot_show(page)
        move_ids_to_headings(page)
        make_ids_unique(page)
        resolve_addresses(page, names)
    check_links(pages)
    return pages
