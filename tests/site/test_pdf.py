"""The PDF has the whole book: each heading, link, figure, formula and line of code of the pages.

What it has to have is read from the built pages; the PDF is made here, as `make pdf` makes it.
"""

import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup
from conftest import CHAPTERS, ROOT, SITE, TOC
from pdf import JOINED, PDF, lost_signs
from pypdf import PdfReader
from pypdf.generic import BooleanObject
from whole_book import FRONT

TEXT_WIDTH = 643  # CSS pixels between the margins of an A4 sheet, 170 mm
HEADINGS = "h1, h2, h3, h4, h5, h6"


def squeeze(text):
    """Leave out all space: where a line breaks is the page's affair."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="session")
def pdf():
    # A process of its own: Playwright runs once in a process, and the other tests have it.
    made = subprocess.run(
        [sys.executable, "book/_ext/pdf.py"], capture_output=True, text=True, cwd=ROOT
    )
    assert made.returncode == 0, made.stderr
    return PdfReader(PDF)


@pytest.fixture(scope="session")
def texts(pdf):
    """The text of each sheet of paper; it begins with the running head and the number."""
    return [page.extract_text() for page in pdf.pages]


@pytest.fixture(scope="session")
def sheets(texts):
    """The same, without the running head and the number."""
    heads = [re.match(r"(?:.*\n)?\d+\n", text) for text in texts]
    return [text[head.end() :] for text, head in zip(texts, heads, strict=True)]


@pytest.fixture(scope="session")
def articles():
    """What a reader of the pages sees, by the page's name, in the order of the book."""
    found = {}
    for page in CHAPTERS:
        html = (SITE / page).read_text(encoding="utf-8")
        article = BeautifulSoup(html, "html.parser").select_one("article.bd-article")
        for tag in article.select(".headerlink, .sd-btn, .explorable, script"):
            tag.decompose()
        found[Path(page).stem] = article
    first = next(iter(found.values()))
    first.h1.string = FRONT
    return found


@pytest.fixture(scope="session")
def outline(pdf):
    """Level, title and sheet of each entry."""

    def walk(entries, level):
        for entry in entries:
            if isinstance(entry, list):
                yield from walk(entry, level + 1)
            else:
                yield level, entry.title, pdf.get_destination_page_number(entry)

    return list(walk(pdf.outline, 1))


def test_it_says_what_it_is(pdf):
    assert pdf.metadata.title == "Loss Functions, Tested"
    assert pdf.metadata.author
    assert pdf.root_object["/Lang"] == "en"
    assert pdf.root_object["/MarkInfo"]["/Marked"] == BooleanObject(True)
    assert pdf.root_object["/ViewerPreferences"]["/DisplayDocTitle"] == BooleanObject(True)
    assert {
        (round(p.mediabox.width / 72 * 25.4), round(p.mediabox.height / 72 * 25.4))
        for p in pdf.pages
    } == {(210, 297)}


def test_it_has_as_many_sheets_as_the_text_fills(sheets, articles):
    words = sum(len(article.get_text().split()) for article in articles.values())
    assert 150 < words / len(sheets) < 500


def test_outline_has_every_heading_in_order(outline, articles):
    expected = [
        (int(heading.name[1]), " ".join(heading.get_text().split()))
        for article in articles.values()
        for heading in article.select(HEADINGS)
    ]
    assert [(level, title) for level, title, _ in outline[2:]] == expected
    assert [title for _, title, _ in outline[:2]] == ["Loss Functions, Tested", "Contents"]


def test_outline_leads_to_the_sheet_with_the_heading(outline, sheets):
    assert [
        title for _, title, sheet in outline if squeeze(title) not in squeeze(sheets[sheet])
    ] == []


def test_contents_give_the_sheet_of_every_chapter_and_section(outline, sheets):
    (start,) = (sheet for _, title, sheet in outline if title == "Contents")
    contents = "".join(sheets[start : outline[2][2]])
    for part in TOC["parts"]:
        contents = contents.replace(part["caption"] + "\n", "")
    expected = "".join(f"{title}{sheet + 1}" for level, title, sheet in outline[2:] if level <= 2)
    assert squeeze(contents) == "Contents" + squeeze(expected)


def test_running_head_names_the_chapter_and_the_foot_counts(texts, outline):
    chapters = [(title, sheet) for level, title, sheet in outline[2:] if level == 1]
    ends = [sheet for _, sheet in chapters[1:]] + [len(texts)]
    for (title, start), end in zip(chapters, ends, strict=True):
        for sheet in range(start, end):
            assert texts[sheet].startswith(f"{title}\n{sheet + 1}\n")


def test_every_link_between_pages_leads_somewhere_in_the_pdf(pdf, articles):
    expected = set()
    for name, article in articles.items():
        for link in article.select("a[href]"):
            address, fragment = urldefrag(link["href"])
            page = Path(address).stem if address else name
            if "://" not in address and page in articles:
                expected.add(f"{page}:{unquote(fragment)}" if fragment else page)
    places = {unquote(name.removeprefix("/")) for name in pdf.named_destinations}
    assert len(expected) > 100
    assert expected - places == set()


def test_no_link_leads_to_a_file_or_to_nothing(pdf):
    broken = []
    for page in pdf.pages:
        for link in (a.get_object() for a in page.get("/Annots", ())):
            action = link.get("/A", {})
            place = link.get("/Dest", action.get("/D"))
            inside = place is not None and str(place) in pdf.named_destinations
            outside = str(action.get("/URI", "")).startswith(("https:", "http:"))
            if not inside and not outside:
                broken.append(dict(link))
    assert broken == []


def test_every_figure_has_its_number_and_caption_once_and_in_order(sheets, articles):
    text = squeeze("".join(sheets))
    captions = [
        squeeze(caption.get_text())
        for article in articles.values()
        for caption in article.select("figcaption")
    ]
    assert len(captions) > 50
    assert all(re.match(r"Figure\d+(\.\d+)?[^\W\d]", caption) for caption in captions)
    assert {caption: text.count(caption) for caption in captions} == dict.fromkeys(captions, 1)
    assert sorted(captions, key=text.index) == captions


def test_no_formula_is_raw_tex(sheets, articles):
    def commands(text):
        return Counter(re.findall(r"\\(?:[a-zA-Z]{2,}|[()\[\]])", text))

    code = "".join(c.get_text() for a in articles.values() for c in a.select("pre, code"))
    assert commands("".join(sheets)) - commands(code) == Counter()


def test_every_line_of_code_is_there_and_whole(sheets, articles):
    printed = {squeeze(line) for sheet in sheets for line in sheet.split("\n")}
    lines = [
        line
        for article in articles.values()
        for block in article.select(".cell_input pre")
        for line in block.get_text().split("\n")
    ]
    assert len(lines) > 1000
    assert [line for line in lines if squeeze(line) not in printed | {""}] == []


def test_every_paragraph_is_there(sheets, articles):
    squeezed = [squeeze(sheet) for sheet in sheets]

    def printed(words):
        if any(words in sheet for sheet in squeezed):
            return True
        return any(  # it begins on one sheet and ends on the next
            words[:cut] in sheet and words[cut:] in following
            for sheet, following in pairwise(squeezed)
            for cut in range(1, len(words))
        )

    paragraphs = [
        squeeze(paragraph.get_text())
        for article in articles.values()
        for paragraph in article.select("p, .solution > summary")
        if not paragraph.select(".math, math, img")
        and not paragraph.find_parent(["summary", "table", "dl"])
    ]
    assert len(paragraphs) > 800
    assert [words for words in paragraphs if not printed(words)] == []


def test_every_sign_has_a_font(sheets, articles):
    document = "".join(article.get_text() for article in articles.values())
    assert lost_signs(document, "".join(sheets)) == "", "sudo apt install fonts-wqy-microhei"


def test_no_sheet_is_nearly_empty(pdf, sheets):
    def drawn(page):
        objects = page["/Resources"].get("/XObject", {}).values()
        return any(o.get_object()["/Subtype"] == "/Image" for o in objects)

    assert [
        number
        for number, (page, text) in enumerate(zip(pdf.pages, sheets, strict=True), start=1)
        if number > 1 and len(squeeze(text)) < 120 and not drawn(page)
    ] == []


def test_nothing_is_wider_than_the_sheet(pdf, browser):
    """Chromium makes the whole book smaller when one thing is too wide, or cuts it."""
    page = browser.new_page(viewport={"width": TEXT_WIDTH, "height": 900})
    page.emulate_media(media="print")
    page.goto(JOINED.as_uri())
    page.evaluate("async () => { await document.fonts.ready }")
    too_wide = page.evaluate(
        """width => [...document.querySelectorAll("body *")]
            .filter(e => e.getBoundingClientRect().width > 1)
            .filter(e => e.getBoundingClientRect().right > width + 1)
            .map(e => `${e.closest("[id]")?.id}: ${e.tagName} ${e.textContent.slice(0, 60)}`)""",
        TEXT_WIDTH,
    )
    page.close()
    assert too_wide == []


PRINTED = """() => {
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const onWhite = colour => {  // the relative luminance of WCAG
    const [r, g, b, alpha = 1] = parts(colour);
    const [R, G, B] = [r, g, b]
      .map(v => (v * alpha + 255 * (1 - alpha)) / 255)
      .map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const seen = e => e.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });
  const article = document.querySelector("article.bd-article");
  const found = [];
  for (const e of [document.body, article, ...article.querySelectorAll("*")].filter(seen)) {
    const { color, backgroundColor } = getComputedStyle(e);
    const ground = onWhite(backgroundColor);
    const words = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (ground < 0.75) found.push(`dark ground: ${e.tagName}.${e.className} ${backgroundColor}`);
    if (words && 1.05 / (onWhite(color) + 0.05) < 4.5)
      found.push(`pale ink: ${e.tagName}.${e.className} ${color} ${e.textContent.slice(0, 40)}`);
  }
  const folded = [...article.querySelectorAll("pre, img, .solution p")].filter(e => !seen(e));
  found.push(...folded.map(e => `not printed: ${e.tagName} ${e.textContent}`));
  const others = [...document.querySelectorAll("nav, button, .headerlink, dialog, .explorable")];
  found.push(...others.filter(seen).map(e => `printed: ${e.tagName}.${e.className}`));
  return found;
}"""


@pytest.mark.parametrize("name", ["index", "01-what-is-a-loss", "06-learning-rate", "api"])
def test_a_page_printed_from_a_dark_browser_is_ink_on_white_and_whole(browser, name):
    page = browser.new_page(color_scheme="dark", viewport={"width": 1280, "height": 900})
    page.goto((SITE / "book" / f"{name}.html").as_uri())
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert len(page.evaluate(PRINTED)) > 10  # on the screen it is neither
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(PRINTED) == []
    page.close()
