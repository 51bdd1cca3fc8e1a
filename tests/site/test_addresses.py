"""What a book that has an address says of itself: a small project, built as `make book` builds."""

import os
import subprocess
import sys
from xml.etree import ElementTree

import nbformat
import pytest
from conftest import ROOT
from heads import Head
from PIL import Image

SITE_URL, REPOSITORY = "https://example.org/book", "https://github.com/example/book"
CONF = """
project = html_title = "A small book"
extensions = ["myst_nb", "hosting", "metadata"]
nb_execution_mode = "off"
root_doc = "pages/front"
html_theme = "sphinx_book_theme"
html_theme_options = {"launch_buttons": {"binderhub_url": "https://mybinder.org"}}
html_theme_options |= {"use_repository_button": True, "repository_branch": "main"}
html_context = {"default_mode": "auto"}
"""
FRONT = """
A small book
============

Its front page says in one sentence what the whole small book is for.

.. toctree::

   figure
   maths
   own
   bare
   code
"""
FIGURE = """
A "figure" & more
=================

A page with a picture, whose description is long enough to stand alone. With this page you can

- look.

.. image:: dot.png
   :alt: a dot in the middle of nothing
"""
MATHS = r"""
Maths
=====

A formula such as :math:`\frac{1}{2}` has no place in a description. This sentence has *none* and
is long enough by itself, so it is the one to be taken.
"""
OWN = """
.. meta::
   :description: This page brings "its own" description, and that is what is shown.

Own
===

The first sentence of this page is not what should be shown of it anywhere.
"""
BARE = """
Bare
====

Short.
"""
PROJECT = {"front": FRONT, "figure": FIGURE, "maths": MATHS, "own": OWN, "bare": BARE}
NOTEBOOK = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_markdown_cell(
            "# Code\n\nThis page is a notebook, which a reader may launch."
        )
    ]
)
NAMES = [*PROJECT, "code"]


def build(folder, url=SITE_URL, repository=REPOSITORY):
    """Build the project with Sphinx, as `make book` builds the book, and return where it is."""
    source, out = folder / "source", folder / "html"
    (source / "pages").mkdir(parents=True, exist_ok=True)
    (source / "conf.py").write_text(CONF)
    for name, text in PROJECT.items():
        (source / "pages" / f"{name}.rst").write_text(text)
    nbformat.write(NOTEBOOK, source / "pages" / "code.ipynb")
    dot = Image.new("RGBA", (400, 100))  # transparent
    dot.paste("black", (190, 40, 210, 60))
    dot.save(source / "pages" / "dot.png")
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", source, out],
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT / "book" / "_ext"),
            "LOSSBOOK_URL": url,
            "LOSSBOOK_REPOSITORY": repository,
        },
        check=True,
        capture_output=True,
        text=True,
    )
    return out


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return build(tmp_path_factory.mktemp("addressed"))


@pytest.mark.parametrize("name", NAMES)
def test_page_with_an_address_names_it(site, name):
    head = Head(site / "pages" / f"{name}.html")
    assert head.canonical == [f"{SITE_URL}/pages/{name}.html"] == head.tags["og:url"]
    picture = head.one("og:image")
    assert picture.startswith(f"{SITE_URL}/")
    file = site / picture.removeprefix(f"{SITE_URL}/")
    with Image.open(file) as image:
        assert image.size == (int(head.one("og:image:width")), int(head.one("og:image:height")))
        assert image.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
        assert (
            len(set(image.convert("L").resize((60, 30)).tobytes())) > 1
        )  # there is something on it
    assert len(head.one("og:image:alt")) > 15


def test_picture_is_the_first_figure(site):
    figure, bare = (Head(site / "pages" / f"{name}.html") for name in ("figure", "bare"))
    assert figure.one("og:image:alt") == "a dot in the middle of nothing"
    assert figure.one("og:image") != bare.one("og:image")


@pytest.mark.parametrize(
    ("name", "description"),
    [
        ("figure", "A page with a picture, whose description is long enough to stand alone."),
        (
            "maths",
            "This sentence has none and is long enough by itself, so it is the one to be taken.",
        ),
        ("own", 'This page brings "its own" description, and that is what is shown.'),
        ("bare", "Short. Its front page says in one sentence what the whole small book is for."),
    ],
)
def test_description(site, name, description):
    head = Head(site / "pages" / f"{name}.html")
    assert head.one("description") == head.one("og:description") == description


def test_title_is_plain_text(site):
    assert Head(site / "pages" / "figure.html").one("og:title") == "A “figure” & more"


def test_sitemap_has_every_page_of_the_book(site):
    found = {loc.text for loc in ElementTree.parse(site / "sitemap.xml").iter() if loc.text}
    assert found == {f"{SITE_URL}/pages/{name}.html" for name in NAMES}


def test_root_has_the_tags_of_the_front_page(site):
    root, front = Head(site / "index.html"), Head(site / "pages" / "front.html")
    assert root.canonical == front.canonical
    for name in ("og:url", "og:image", "og:title", "description", "twitter:card"):
        assert root.one(name) == front.one(name)


def test_an_address_that_is_taken_away_leaves_no_trace(tmp_path):
    build(tmp_path)
    site = build(tmp_path, url="", repository="")
    assert not (site / "sitemap.xml").exists()
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert "example.org" not in text
        assert "github.com/example" not in text
        assert "mybinder.org" not in text


def test_repository_switches_the_buttons_on(site):
    page = (site / "pages" / "code.html").read_text(encoding="utf-8")
    assert f'href="{REPOSITORY}"' in page
    assert 'href="https://mybinder.org/v2/gh/example/book/main?urlpath=' in page


def test_an_address_has_to_be_one(tmp_path):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        build(tmp_path, url="example.org/book")
    assert "LOSSBOOK_URL: expected https://..., received 'example.org/book'" in failed.value.stderr
