"""The built front page shows what the ledgers found, how to cite the book, and every page of it."""

import html
import re
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, TOC
from pybtex.database import parse_string

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "book" / "_ext"))
import notebooks

BOOK = ROOT / "book"
FRONT = (ROOT / "_build" / "html" / "book" / "index.html").read_text(encoding="utf-8")
ARTICLE = FRONT[FRONT.index("<article") : FRONT.index("</article>")]


def text(fragment):
    return html.unescape(re.sub(r"<[^>]+>", "", fragment))


def published(name):
    """Return what a ledger has found, as it is stored."""
    cells = notebooks.code_cells(notebooks.read(BOOK / f"{name}.ipynb"))
    (found,) = (
        output.metadata["lossbook"]
        for cell in cells
        for output in cell.outputs
        if "lossbook" in output.get("metadata", {})
    )
    return found


def test_title_says_the_name_of_the_book_once_and_the_sidebar_too():
    title = re.search(r"<title>(.*?)</title>", FRONT, re.DOTALL)[1].strip()
    brand = re.search(r'<a class="navbar-brand logo".*?</a>', FRONT, re.DOTALL)[0]
    assert title == text(brand).strip() == "Loss Functions, Tested"


def test_figures_are_those_of_the_ledgers():
    figures = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", ARTICLE))
    losses, comparisons, difference, claims = figures
    agreement, verdicts = published("agreement"), published("10-claims")
    assert int(losses) == agreement["losses"]
    assert int(comparisons) == agreement["comparisons"]
    digits = re.fullmatch(r"≤ 10−(\d+)", text(difference))[1]
    assert float(f"1e-{digits}") == float(agreement["float64"]["at_most"])
    assert agreement["float64"]["loss"] in figures[difference]
    assert int(claims) == sum(verdicts.values())
    shown = [int(number) for number in re.findall(r"\d+", figures[claims])]
    assert sorted(shown) == sorted(verdicts.values())


def test_citation_is_that_of_the_citation_file():
    block = re.search(r'<div class="highlight-bibtex.*?<pre>(.*?)</pre>', ARTICLE, re.DOTALL)[1]
    (entry,) = parse_string(text(block), "bibtex").entries.values()
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert entry.fields["title"] == f"{{{cff['title']}}}"
    assert entry.fields["year"] == str(cff["date-released"])[:4]
    assert cff["version"] in entry.fields["note"]
    authors = [f"{{{author['name']}}}" for author in cff["authors"]]
    assert [str(person) for person in entry.persons["author"]] == authors


@pytest.mark.parametrize(
    "page", [entry["file"] for part in TOC["parts"] for entry in part["chapters"]]
)
def test_map_has_every_page(page):
    start = ARTICLE.index('id="map-of-the-chapters"')
    chapters = ARTICLE[start : ARTICLE.index("</section>", start)]
    assert f'href="{Path(page).name}.html' in chapters
