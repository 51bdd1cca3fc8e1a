"""The book is used as a reader uses it: searched, unfolded, copied, downloaded, walked through."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from conftest import CHAPTERS, PAGES, ROOT, SITE

NOTEBOOKS = [page for page in CHAPTERS if (ROOT / page).with_suffix(".ipynb").exists()]
WITH_SOLUTIONS = [
    page
    for page in NOTEBOOKS
    if "{solution-start}" in (ROOT / page).with_suffix(".ipynb").read_text(encoding="utf-8")
]

# What a reader types who looks for a chapter.
TOPICS = {
    "book/01-what-is-a-loss.html": "what is a loss",
    "book/02-mse-and-cross-entropy.html": "cross-entropy",
    "book/03-regularization.html": "regularization",
    "book/04-loss-and-training.html": "training",
    "book/05-gradient-descent.html": "gradient descent",
    "book/06-learning-rate.html": "learning rate",
    "book/07-classification-losses.html": "softmax",
    "book/08-regression-losses.html": "regression losses",
    "book/09-choosing-a-loss.html": "choosing a loss",
    "book/10-claims.html": "claims",
    "book/11-listings.html": "listings",
    "book/12-conventions.html": "conventions",
    "book/13-failures.html": "floating-point",
    "book/14-scaling.html": "many machines",
    "book/15-performance.html": "how fast",
    "book/16-a-thousand-workers.html": "thousand workers",
}


def test_every_chapter_has_a_topic():
    assert list(TOPICS) == [page for page in CHAPTERS if re.match(r"book/\d", page)]


@pytest.mark.parametrize("source", ["server", "files"])
def test_search_finds_each_chapter_by_its_topic(open_tab, source):
    tab = open_tab() if source == "server" else open_tab(base=SITE.as_uri() + "/")
    page = tab.goto(CHAPTERS[0])
    ranks = {}
    for chapter, topic in TOPICS.items():
        page.click(".search-button-field")
        page.keyboard.type(topic)
        with page.expect_navigation(url="**/search.html?*", wait_until="domcontentloaded"):
            page.keyboard.press("Enter")
        page.wait_for_selector("p.search-summary:has-text('finished')")
        links = page.eval_on_selector_all("ul.search li > a", "all => all.map(a => a.href)")
        pages = list(dict.fromkeys(urlsplit(link).path for link in links))
        ranks[chapter] = next((i for i, path in enumerate(pages) if path.endswith(chapter)), None)
    # The glossary's entry may come before the chapter, and one page more.
    assert {c: rank for c, rank in ranks.items() if rank is None or rank > 2} == {}


@pytest.mark.parametrize("page", WITH_SOLUTIONS)
def test_solutions_are_closed_and_open_by_mouse_and_keyboard(open_tab, page):
    tab = open_tab(reduced_motion="reduce")
    tab.goto(page)
    solutions = tab.page.locator(".solution")
    count = solutions.count()
    source = (ROOT / page).with_suffix(".ipynb").read_text(encoding="utf-8")
    assert count == source.count("{solution-start}")
    titles = solutions.locator("> .admonition-title")
    bodies = solutions.locator("> section")
    assert not any(bodies.nth(i).is_visible() for i in range(count))
    for i in range(count):
        titles.nth(i).click()
        assert bodies.nth(i).is_visible()
    for key in ("Enter", "Space"):
        titles.first.focus()
        tab.page.keyboard.press(key)
        assert not bodies.first.is_visible()
        tab.page.keyboard.press(key)
        assert bodies.first.is_visible()


def test_solution_opens_without_javascript(open_tab):
    tab = open_tab(java_script_enabled=False)
    tab.page.goto(tab.base + WITH_SOLUTIONS[0])
    solution = tab.page.locator(".solution").first
    assert not solution.locator("section").first.is_visible()
    solution.locator(".admonition-title").click()
    assert solution.locator("section").first.is_visible()


@pytest.mark.parametrize("page", NOTEBOOKS[1:])  # the front page shows no code
def test_each_code_cell_can_be_copied(open_tab, page):
    tab = open_tab(permissions=["clipboard-read", "clipboard-write"])
    tab.goto(page)
    tab.unfold()
    cells = tab.page.locator(".cell_input .highlight")
    assert cells.count() > 0
    assert cells.locator("button.copybtn").count() == cells.count()
    first = cells.first
    first.hover()
    first.locator("button.copybtn").click()
    tab.page.wait_for_selector("button.copybtn.success")
    copied = tab.page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == first.locator("pre").inner_text().strip() != ""


def download(tab, page, folder):
    """Download a chapter's notebook by the button of its page; return where it is."""
    tab.goto(page)
    tab.page.click("[aria-label='Download this page']")
    with tab.page.expect_download() as started:
        # Such a file has no handler: the browser saves it in whatever tab the link opens.
        tab.page.click(".btn-download-source-button", modifiers=["Alt"])
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return path


def code_of(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_downloaded_notebook_has_the_code_of_the_source(open_tab, tmp_path, page):
    path = download(open_tab(), page, tmp_path)
    assert path.suffix == ".ipynb"
    assert code_of(path) == code_of((ROOT / page).with_suffix(".ipynb")) != []


def test_downloaded_notebook_runs_by_itself(open_tab, tmp_path):
    """From an empty folder, in a fresh kernel, without a network, with the package installed.

    The front page and the ledgers do not: it reads both of them, chapter 10 the verdicts of the
    other chapters beside it, the agreement ledger the table of the tests.
    """
    path = download(open_tab(), NOTEBOOKS[1], tmp_path)
    nowhere = "http://127.0.0.1:9"
    subprocess.run(
        [sys.executable, "-m", "jupyter", "execute", "--inplace", path.name],
        cwd=tmp_path,
        env={**os.environ, "http_proxy": nowhere, "https_proxy": nowhere},
        check=True,
        timeout=300,
    )
    counts = [
        cell["execution_count"]
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ]
    assert counts == list(range(1, len(counts) + 1)) != []


def test_next_and_previous_walk_the_whole_book(open_tab):
    tab = open_tab()
    tab.goto(CHAPTERS[0])

    def walk(link):
        seen = [tab.page.url.removeprefix(tab.base)]
        while tab.page.locator(link).count():
            with tab.page.expect_navigation(wait_until="domcontentloaded"):
                tab.page.click(link)
            seen.append(tab.page.url.removeprefix(tab.base))
            assert len(seen) <= len(CHAPTERS), "it does not end"
        return seen

    assert walk("a.right-next") == CHAPTERS
    assert walk("a.left-prev") == CHAPTERS[::-1]


def test_theme_switch_works_and_is_kept(open_tab):
    tab = open_tab("light")
    tab.goto(CHAPTERS[1])

    def paper():
        return tab.page.evaluate("getComputedStyle(document.body).backgroundColor")

    def mode():
        return tab.page.evaluate("document.documentElement.dataset.mode")

    seen = {mode(): paper()}
    for _ in range(3):
        tab.page.click(".theme-switch-button")
        seen[mode()] = paper()
    assert set(seen) == {"auto", "light", "dark"}
    assert seen["auto"] == seen["light"] != seen["dark"]
    while mode() != "dark":
        tab.page.click(".theme-switch-button")
    tab.goto(CHAPTERS[2])
    assert (mode(), paper()) == ("dark", seen["dark"])


class Links(HTMLParser):
    """Collects the links of a page and what they can point at."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids = [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("id"):
            self.ids.append(given["id"])
        if tag == "a" and given.get("name"):
            self.ids.append(given["name"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])


@pytest.fixture(scope="module")
def links():
    return {path: Links(path) for path in SITE.rglob("*.html") if "_static" not in path.parts}


def broken(path, link, links):
    """Say whether a link inside the book leads nowhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return True
    anchor = unquote(parts.fragment)
    return bool(anchor) and anchor not in links[target].ids


@pytest.mark.parametrize("page", PAGES)
def test_links_inside_the_book_resolve(links, page):
    path = SITE / page
    inside = [link for link in links[path].links if not urlsplit(link).scheme]
    assert len(inside) > 20
    assert [link for link in inside if broken(path, link, links)] == []


def test_the_check_of_links_sees_a_broken_one(links):
    path = SITE / CHAPTERS[1]
    assert broken(path, "#nowhere", links)
    assert broken(path, "nowhere.html", links)
    assert broken(path, "glossary.html#nowhere", links)
    assert not broken(path, "glossary.html#term-loss", links)


@pytest.mark.parametrize("page", PAGES)
def test_ids_are_unique(links, page):
    ids = links[SITE / page].ids
    assert {i for i in ids if ids.count(i) > 1} == set()
