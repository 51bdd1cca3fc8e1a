"""Formulas and icons in the built book: drawn by the browser, with the fonts that came with it."""

import html
import re
import subprocess
import sys
from collections import Counter

import nbformat
import pytest
from conftest import ROOT, SITE
from fontTools.ttLib import TTFont

STATIC = SITE / "_static"
PAGES = sorted(SITE.glob("book/*.html"))

MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)
TOKEN = re.compile(r"<(mi|mn|mo|mtext)\b([^>]*)>([^<]+)</\1>")
TEX = re.compile(
    r"\\\(|\\\[|\\begin\{|\\(?:frac|sum|hat|log|text|lambda|mathrm|partial)\b|\$[^$]{1,80}\$"
)
# What shows TeX or a dollar on purpose: code, and the source beside a formula.
VERBATIM = re.compile(r"<(pre|code|script|style|annotation)\b.*?</\1>", re.DOTALL)


def read(page):
    return page.read_text(encoding="utf-8")


def italic(letter):
    """Return the character that a browser shows for a lone letter in an mi element."""
    if letter == "h":
        return "ℎ"
    for first, last, start in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("α", "ω", 0x1D6FC)):
        if first <= letter <= last:
            return chr(start + ord(letter) - ord(first))
    return letter


def shown(math):
    """Return the characters that a formula needs of the font."""
    needed = set()
    for tag, attributes, text in TOKEN.findall(math):
        text = html.unescape(text)
        alone = tag == "mi" and len(text) == 1 and "mathvariant" not in attributes
        needed |= {italic(text)} if alone else set(text)
    return needed


def test_the_book_has_its_formulas():
    formulas = [math for page in PAGES for math in MATH.findall(read(page))]
    assert len(formulas) > 700
    assert len({math for math in formulas if 'display="block"' in math}) >= 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_shows_no_raw_tex(page):
    text = VERBATIM.sub("", read(page))
    assert TEX.findall(re.sub(r"<[^>]*>", " ", text)) == []


def written(page):
    """Return the formulas in the Markdown of a page's source."""
    source = SITE / "_sources" / "book" / page.name
    if (notebook := source.with_suffix(".ipynb")).exists():
        cells = nbformat.read(notebook, as_version=4).cells
        markdown = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    else:
        markdown = read(source.with_suffix(".md"))
    code = r"^(`{3,})(?!\{).*?^\1`*$|(`+)(?!`).+?(?<!`)\2(?!`)"
    markdown = re.sub(code, "", markdown, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\$\$.+?\$\$|(?<![\\\w])\$[^$\n][^$]*\$", markdown, re.DOTALL)


def bare(tex):
    """Return TeX without what the build may change in it."""
    return re.sub(r"\s|\$|\\(begin|end)\{split\}", "", html.unescape(tex))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_maths_in_the_source_is_mathml_in_the_page(page):
    """Those that code cells write come on top."""
    source = Counter(bare(tex) for tex in written(page))
    shown_tex = re.findall(r"<annotation[^>]*>([^<]*)</annotation>", read(page))
    assert source - Counter(bare(tex) for tex in shown_tex) == Counter()


def test_the_sources_are_read():
    assert len([tex for page in PAGES for tex in written(page)]) > 500


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_formula_is_whole_and_has_its_tex(page):
    for math in MATH.findall(read(page)):
        assert "data-mjx" not in math and "merror" not in math
        assert re.search(r'<annotation encoding="application/x-tex">[^<]+</annotation>', math)
        assert shown(math)


def test_the_font_has_every_character_of_every_formula():
    characters = set(TTFont(STATIC / "maths.woff2").getBestCmap())
    needed = {c for page in PAGES for math in MATH.findall(read(page)) for c in shown(math)}
    assert "ℎ" in needed or "𝑤" in needed
    assert {c for c in needed if ord(c) not in characters} == set()
    assert "maths.woff2" in read(STATIC / "maths.css")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_loads_no_script_that_draws_formulas_or_icons(page):
    assert re.findall(r"<script[^>]*(?:mathjax|fontawesome)[^>]*>", read(page), re.I) == []


def code(content):
    """Return the character in CSS, as itself or as its number."""
    return int(content[1:], 16) if content.startswith("\\") else ord(content)


def test_every_icon_has_its_rule_and_its_glyph():
    sheet = read(STATIC / "styles" / "theme-used.css")
    rule = r'((?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:"([^"]+)"\}'
    rules = {
        name: code(content)
        for names, content in re.findall(rule, sheet)
        for name in re.findall(r"fa-[a-z0-9-]+", names)
    }
    kinds = {"fa-solid", "fa-regular", "fa-brands", "fa-lg"}  # not icons by themselves
    named = {
        name
        for page in PAGES
        for classes in re.findall(r'class="([^"]*\bfa[srb]?\b[^"]*)"', read(page))
        for name in re.findall(r"fa-[a-z0-9-]+", classes)
    } - kinds
    assert {"fa-bars", "fa-moon"} <= named
    font = TTFont(STATIC / "icons/fa-solid-900.woff2").getBestCmap()
    assert {name for name in named if rules.get(name) not in font} == set()
    # Those of boxes (note, warning, ...) stand in the theme's variables.
    boxes = re.findall(r'--pst-icon-(?!github|gitlab)[a-z-]+:"([^"]+)"', sheet)
    assert len(boxes) > 8
    assert {content for content in boxes if code(content) not in font} == set()


def build(folder, text):
    """Build one page with the extension and return what Sphinx says and what the page holds."""
    folder.joinpath("index.rst").write_text(text, encoding="utf-8")
    tools = ROOT / "book" / "_ext"
    folder.joinpath("conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(tools)!r})\nextensions = ['mathml']\n"
        "html_theme = 'basic'\nmath_number_all = False\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "sphinx", "-qW", "--keep-going", ".", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr, read(folder / "out" / "index.html")


@pytest.mark.parametrize(
    ("tex", "message"),
    [
        (r"\frac{1", 'Expected closing token "}"'),
        (r"\nosuchcommand x", "Unknown command"),
        (r"x \triangleq y", "lack ≜"),
        (r"\mathcal{1}", "digits of an alphabet without any"),
        (r"\begin{cases} 1 \\[2ex] 2 \end{cases}", r"the room in \\[...]"),
    ],
)
def test_a_formula_that_cannot_be_shown_fails_the_build(tmp_path, tex, message):
    status, said, _ = build(tmp_path, f"Title\n=====\n\nText :math:`{tex}` text.\n")
    assert status != 0
    assert message in said and "index.rst:4" in said


def test_numbers_labels_and_lines_of_equations(tmp_path):
    status, said, page = build(
        tmp_path,
        "Title\n=====\n\n.. math::\n   :label: one\n\n   a &= b \\\\\n   c &= d < e\n\n"
        ".. math::\n\n   f = g\n\n   h = k\n\nSee :eq:`one` and :math:`\\lvert x\\rvert`.\n",
    )
    assert (status, said) == (0, "")
    numbered, unnumbered, inline = MATH.findall(page)
    box = re.search(r'<div class="math" id="equation-one">.*?</div>', page, re.DOTALL)[0]
    assert numbered in box
    assert '<span class="eqno">(1)' in box and 'href="#equation-one"' in box
    assert re.search(r'<a class="reference internal" href="#equation-one">\(1\)</a>', page)
    assert numbered.count("<mtr>") == 2 and unnumbered.count("<mtr>") == 2
    sides = re.findall(r"<mtd style=\"text-align: (\w+)", numbered)
    assert sides == ["right", "left"] * 2
    assert 'display="block"' not in inline and "<mo" in inline
