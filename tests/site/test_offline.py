"""The built book asks no other host for anything.

`make book` runs this on what it has built.
"""

import re
from html.parser import HTMLParser

import pytest
from conftest import SITE

PAGES = sorted(SITE.rglob("*.html"))

# Attributes that make a browser fetch; a link that a reader may click (a href) does not.
FETCHED = {
    "script": ("src",),
    "link": ("href",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "form": ("action",),
}
NOT_FETCHED_LINKS = {"canonical", "next", "prev", "search", "author", "license"}


def is_external(address):
    return re.match(r"\s*(https?:)?//", address or "") is not None


class Requests(HTMLParser):
    """Collects what a page makes a browser ask another host for."""

    def __init__(self):
        super().__init__()
        self.external = []
        self.inline = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "link" and given.get("rel") in NOT_FETCHED_LINKS:
            return
        for name in FETCHED.get(tag, ()):
            if is_external(given.get(name)):
                self.external.append(f"<{tag} {name}={given[name]!r}>")
        self._scan("style attribute", given.get("style") or "")
        if tag in ("script", "style"):
            self.inline = tag

    def handle_endtag(self, tag):
        if tag == self.inline:
            self.inline = None

    def handle_data(self, data):
        if self.inline == "style":
            self._scan("<style>", data)
        elif self.inline == "script":
            # An inline script has no business with the address of another host at all.
            named = re.findall(r"https?://[^\s\"']+", data)
            self.external += [f"<script> names {address}" for address in named]

    def _scan(self, where, css):
        for address in css_addresses(css):
            if is_external(address):
                self.external.append(f"{where}: {address}")


def css_addresses(css):
    return re.findall(r"url\(\s*[\"']?([^\"')]+)", css) + re.findall(
        r"@import\s+[\"']([^\"']+)", css
    )


def requests_of(html):
    parser = Requests()
    parser.feed(html)
    return parser.external


def test_the_book_is_built():
    assert (SITE / "index.html").exists()
    assert len(PAGES) > 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SITE).as_posix())
def test_page_asks_no_other_host(page):
    assert requests_of(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sheet", sorted(SITE.rglob("*.css")), ids=lambda path: path.relative_to(SITE).as_posix()
)
def test_style_sheet_asks_no_other_host(sheet):
    external = [a for a in css_addresses(sheet.read_text(encoding="utf-8")) if is_external(a)]
    assert external == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(SITE).as_posix())
def test_page_names_no_file_of_the_machine_that_built_it(page):
    html = page.read_text(encoding="utf-8")
    assert "site-packages" not in html
    assert SITE.parents[1].as_posix() not in html


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/a.css">',
        '<img src="https://img.example/a.png">',
        '<p style="background: url(https://img.example/a.png)">',
        '<style>@import "https://fonts.example/a.css";</style>',
        '<script>const URL = "https://cdn.example/x.js"</script>',
    ],
)
def test_the_scan_sees_an_external_request(html):
    assert len(requests_of(html)) == 1


def test_the_scan_allows_a_link_to_click():
    assert requests_of('<a href="https://scikit-learn.org">scikit-learn</a>') == []
