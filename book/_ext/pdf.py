"""Make one PDF of the whole book from its built pages; nothing is executed again.

    python book/_ext/pdf.py

Chromium prints `_build/lossbook.html`, in which whole_book.py has joined the pages: twice, because
only the first print tells on which page a heading stands, and the second has it in the contents.
docs/decisions/pdf.md says why a browser does it.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

import yaml
from browser import chromium
from bs4 import BeautifulSoup
from playwright.sync_api import Browser
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from whole_book import LICENCE, ROOT, joined_document, plain, prepared_pages, title_page

JOINED = ROOT / "_build" / "lossbook.html"
PDF = ROOT / "_build" / "lossbook.pdf"
STRETCHED = "⎴⎵⏜⏝⏞⏟⏠⏡"  # braces over formulas are drawn from pieces, which are no signs


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


def outline_entries(entry: DictionaryObject) -> Iterator[DictionaryObject]:
    """Yield the entries of an outline under this one, in the order of the book."""
    child = entry.get("/First")
    while child is not None:
        yield child.get_object()
        yield from outline_entries(child.get_object())
        child = child.get_object().get("/Next")


def add_metadata(pdf: Path, author: str, headings: list[str]) -> None:
    """Say in the file what a viewer and a library show: author, title, the outline's entries.

    Chromium loses the space where a heading breaks into two lines.
    """
    writer = PdfWriter(pdf, incremental=True)
    entries = outline_entries(writer.get_outline_root())
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
    pages = prepared_pages()
    built = datetime.fromtimestamp(pages[0].path.stat().st_mtime)
    front = title_page(config["title"], config["author"], f"{built.day} {built:%B %Y}")
    with chromium() as browser:
        sheet_of: dict[str, int] = {}
        while True:
            JOINED.write_text(joined_document(pages, front, sheet_of), encoding="utf-8")
            print_document(browser, JOINED, target)
            found = sheets_of_places(target)
            if found == sheet_of:
                break
            sheet_of = found
    headings = BeautifulSoup(JOINED.read_text(encoding="utf-8"), "html.parser").select(
        "h1, h2, h3, h4, h5, h6"
    )
    add_metadata(target, config["author"], [plain(heading) for heading in headings])
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
