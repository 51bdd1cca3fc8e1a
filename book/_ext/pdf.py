"""Make one PDF of the whole book from its built pages; nothing is executed again.

    python book/_ext/pdf.py

The articles of the pages are joined into one document, `_build/lossbook.html`, in the order of
`_toc.yml`, and Chromium prints it: twice, because only the first print tells on which page a
heading stands, and the second has it in the contents. How it looks is `_static/print.css`.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import yaml
from browser import chromium
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sphinx_external_toc.parsing import parse_toc_yaml

import lossbook

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "_build"
SITE = BUILD / "html"
JOINED = BUILD / "lossbook.html"
PDF = BUILD / "lossbook.pdf"

# Attributes that name ids of the same page.
REFERRING = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers")
PLAIN_TOKENS = "pre span.n, pre span.p, pre span.o, pre span.w, pre span:empty"
STRETCHED = "⎴⎵⏜⏝⏞⏟⏠⏡"  # braces over formulas are drawn from pieces, which are no signs
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
        """What a reader came for, without the navigation around it."""
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


def drop_what_paper_cannot(page: Page) -> None:
    """Remove what is only for the hand: scripts, buttons, moving figures, links to a heading."""
    for tag in page.article.select("script, button, .sd-btn, .explorable, .headerlink"):
        tag.decompose()
    for details in page.article.select("details"):
        details["open"] = ""
    # Each coloured word of code is an element of the PDF for those who hear it. Most have the
    # colour of the text anyway: without them the file is half as large, and reads in whole lines.
    for token in page.article.select(PLAIN_TOKENS):
        token.unwrap()
    page.article.smooth()


def put_places_at_headings(page: Page) -> None:
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


def head_of(pages: list[Page]) -> str:
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


def joined(pages: list[Page], front: str, sheet_of: dict[str, int]) -> str:
    """Return the whole book as one document."""
    title = plain(BeautifulSoup(front, "html.parser").h1)
    articles = "\n".join(str(page.article) for page in pages)
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head>
<meta charset="utf-8">
<title>{escape(title)}</title>
{head_of(pages)}
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


def print_document(browser: Browser, document: Path, target: Path) -> None:
    """Print a document when its fonts are there."""
    page = browser.new_page()
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.emulate_media(media="print", color_scheme="light")
    page.goto(document.as_uri())
    page.evaluate("async () => { await document.fonts.ready }")
    if failed:
        raise FileNotFoundError(f"the printed book lacks {', '.join(failed)}")
    page.pdf(
        path=target,
        prefer_css_page_size=True,
        print_background=True,
        tagged=True,
        outline=True,
    )
    page.close()


def sheets_of_places(pdf: Path) -> dict[str, int]:
    """Return the sheet of paper, counted from 1, of each place that a link leads to."""
    reader = PdfReader(pdf)
    return {
        unquote(name.removeprefix("/")): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


def below(entry: DictionaryObject) -> Iterator[DictionaryObject]:
    """Yield the entries of an outline under this one, in the order of the book."""
    child = entry.get("/First")
    while child is not None:
        yield child.get_object()
        yield from below(child.get_object())
        child = child.get_object().get("/Next")


def describe(pdf: Path, author: str, headings: list[str]) -> None:
    """Say in the file what a viewer and a library show: author, title, the outline's entries.

    Chromium loses the space where a heading breaks into two lines.
    """
    writer = PdfWriter(pdf, incremental=True)
    entries = below(writer.get_outline_root())
    for entry, heading in zip(entries, headings, strict=True):
        entry[NameObject("/Title")] = TextStringObject(heading)
    writer.add_metadata(
        {"/Author": author, "/Subject": LICENCE, "/Creator": "lossbook"}
    )
    writer.create_viewer_preferences().display_doctitle = True
    writer.write(pdf)


def make_pdf(target: Path = PDF) -> Path:
    """Print the built book into one file and return its path."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    pages = read_pages()
    names = {page.path.as_uri(): page.name for page in pages}
    pages[0].heading.string = FRONT
    for page in pages:
        drop_what_paper_cannot(page)
        put_places_at_headings(page)
        make_ids_unique(page)
        resolve_addresses(page, names)
    check_links(pages)
    built = datetime.fromtimestamp(pages[0].path.stat().st_mtime)
    front = title_page(config["title"], config["author"], f"{built.day} {built:%B %Y}")
    with chromium() as browser:
        sheet_of: dict[str, int] = {}
        while True:
            JOINED.write_text(joined(pages, front, sheet_of), encoding="utf-8")
            print_document(browser, JOINED, target)
            found = sheets_of_places(target)
            if found == sheet_of:
                break
            sheet_of = found
    headings = BeautifulSoup(JOINED.read_text(encoding="utf-8"), "html.parser").select(
        "h1, h2, h3, h4, h5, h6"
    )
    describe(target, config["author"], [plain(heading) for heading in headings])
    return target


def lost_signs(document: str, printed: str) -> str:
    """Return the signs of a text that are not in what was printed of it.

    Where no font of the machine has a sign, Chromium prints a box without a meaning.
    """
    kept = set(unicodedata.normalize("NFKC", printed)) | set(STRETCHED)
    signs = set(unicodedata.normalize("NFKC", document)) - kept
    return "".join(sorted(s for s in signs if unicodedata.category(s)[0] not in "CMZ"))


def main() -> None:
    """Make the PDF and say what it has become."""
    start = time.perf_counter()
    pdf = make_pdf()
    took = time.perf_counter() - start
    sheets = PdfReader(pdf).pages
    print(
        f"{pdf.relative_to(ROOT)}: {len(sheets)} pages, {pdf.stat().st_size / 1e6:.1f} MB, "
        f"{took:.0f} s"
    )
    document = BeautifulSoup(JOINED.read_text(encoding="utf-8"), "html.parser")
    printed = "".join(sheet.extract_text() for sheet in sheets)
    if lost := lost_signs(document.body.get_text(), printed):
        print(
            f"No font of this machine has these signs, and the PDF boxes in their place: {lost}\n"
            "On Debian or Ubuntu, Chinese comes with: sudo apt install fonts-wqy-microhei"
        )


if __name__ == "__main__":
    main()
