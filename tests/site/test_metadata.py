"""What the built pages say of themselves to search engines and in shared links.

`make book` runs this on what it has built; test_addresses.py builds a book that has an address.
"""

import os
import re
from functools import cache

import pytest
from conftest import SITE
from heads import Head

head_of = cache(Head)  # each page is read once
PAGES = sorted(SITE.glob("book/*.html")) + [SITE / f"{n}.html" for n in ("genindex", "search")]


def name_of(page):
    return page.relative_to(SITE).as_posix()


@pytest.mark.parametrize("page", [SITE / "index.html", *PAGES], ids=name_of)
def test_page_describes_itself_once_and_in_plain_words(page):
    head = head_of(page)
    description = head.one("description")
    assert 50 <= len(description) <= 200
    assert not re.search(r"[\\${}<>`\ufffc]", description)
    assert head.one("og:description") == description
    assert head.one("og:title")
    assert head.one("og:type") in ("website", "article")
    assert head.one("twitter:card") in ("summary", "summary_large_image")


def test_titles_differ():
    titles = [head_of(page).title.strip() for page in PAGES]
    assert len(PAGES) > 15
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_chapters_have_descriptions_of_their_own():
    chapters = [page for page in PAGES if re.match(r"\d\d-", page.name)]
    assert len({head_of(page).one("description") for page in chapters}) == len(chapters) == 16


@pytest.mark.skipif("LOSSBOOK_URL" in os.environ, reason="the book was built with an address")
@pytest.mark.parametrize("page", [SITE / "index.html", *PAGES], ids=name_of)
def test_page_without_an_address_names_none(page):
    head = head_of(page)
    assert head.canonical == []
    assert not [
        content for contents in head.tags.values() for content in contents if "://" in content
    ]
    assert not (SITE / "sitemap.xml").exists()


def test_the_root_leads_to_the_front_page_and_looks_like_it():
    root, front = head_of(SITE / "index.html"), head_of(SITE / "book" / "index.html")
    assert 'content="0; url=book/index.html"' in (SITE / "index.html").read_text(encoding="utf-8")
    assert root.title == front.title == root.one("og:title")
    assert root.tags["og:description"] == front.tags["og:description"]
