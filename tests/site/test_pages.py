"""Every page, light and dark, on a phone, a tablet and a desk: whole, in its column, at peace."""

import json
import re
from pathlib import Path

import pytest
from conftest import CHAPTERS, PAGES, ROOT, SCHEMES

WIDTHS = (1440, 768, 390)

# What is wrong with the layout, in words. A box's extent is where its content goes, too.
LAYOUT = """
() => {
  const found = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth)
    found.push(`the page scrolls sideways: ${root.scrollWidth} in ${root.clientWidth} px`);
  const article = document.querySelector("article") || document.querySelector("main");
  const column = article.getBoundingClientRect();
  const style = element => getComputedStyle(element);
  const name = element => {
    const words = (element.textContent || "").trim().replace(/\\s+/g, " ").slice(0, 40);
    return `${element.localName}.${element.getAttribute("class") || ""} "${words}"`;
  };
  const visible = element => element.checkVisibility({visibilityProperty: true})
    && !element.closest(".visually-hidden");
  const extent = element => {
    const box = element.getBoundingClientRect();
    const free = style(element).overflowY === "visible" && element.localName !== "svg";
    return {
      top: box.top, left: box.left, right: box.right,
      bottom: Math.max(box.bottom, free ? box.top + element.scrollHeight : 0),
    };
  };
  const scrolls = element => {
    for (let box = element.parentElement; box && box !== article; box = box.parentElement)
      if (["auto", "scroll"].includes(style(box).overflowX)) return true;
    return false;
  };
  // Nothing leaves its column, and nothing is cut off by it.
  const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  const outside = box => box.width && (box.right > column.right + 1 || box.left < column.left - 1);
  for (let text; (text = texts.nextNode());) {
    const parent = text.parentElement;
    if (!text.data.trim() || parent.closest("script, style, svg") || !visible(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    if ([...range.getClientRects()].some(outside) && !scrolls(text))
      found.push(`text sticks out of its column: ${name(parent)}`);
  }
  for (const element of article.querySelectorAll("*")) {
    if (element.parentElement.closest("svg, math")) continue;
    if (!visible(element)) continue;
    if (outside(element.getBoundingClientRect()) && !scrolls(element))
      found.push(`sticks out of its column: ${name(element)}`);
    if (["hidden", "clip"].includes(style(element).overflowX)
        && style(element).display !== "inline" && element.scrollWidth > element.clientWidth + 1)
      found.push(`is cut off on the right: ${name(element)}`);
  }
  // Blocks that follow one another do not lie on one another.
  const blocks = ["block", "flex", "grid", "table", "list-item", "flow-root"];
  for (const parent of [article, ...article.querySelectorAll("*")]) {
    if (parent.closest("svg, math, table")) continue;
    const children = [...parent.children].filter(child =>
      blocks.includes(style(child).display) && visible(child)
      && !["absolute", "fixed"].includes(style(child).position)
      && child.getBoundingClientRect().height > 0);
    children.forEach((child, i) => {
      const one = extent(child);
      for (const other of children.slice(i + 1)) {
        const two = extent(other);
        if (Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 1
            && Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1)
          found.push(`${name(child)} overlaps ${name(other)}`);
      }
    });
  }
  return [...new Set(found)];
}
"""

# The words of a page that are neither code nor a formula's own.
WORDS = """
() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = [document.title];
  for (let text; (text = texts.nextNode());) {
    const parent = text.parentElement;
    if (!parent.closest("code, pre, kbd, script, style, annotation, noscript")
        && parent.checkVisibility({visibilityProperty: true}))
      words.push(text.data);
  }
  return words.join("\\n");
}
"""
RAW_TEX = re.compile(r"\\[A-Za-z]{2,}|\\[()\[\]]|\$\S[^$\n]*\$|\\begin|\^\{|_\{")

FORMULAS = """
() => [...document.querySelectorAll("main math")]
  .filter(formula => formula.checkVisibility({visibilityProperty: true}))
  .map(formula => {
    const box = formula.getBoundingClientRect();
    return {
      width: box.width,
      height: box.height,
      error: formula.querySelector("merror") !== null,
      text: formula.textContent.slice(0, 60),
    };
  })
"""


def has_maths(page):
    """Say whether the source of a page has a formula; pages without a source have none."""
    source = ROOT / Path(page).with_suffix(".ipynb")
    if source.exists():
        cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
        text = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    elif (ROOT / page).with_suffix(".md").exists():
        text = (ROOT / page).with_suffix(".md").read_text(encoding="utf-8")
    else:
        return False
    prose = re.sub(r"(?<!\{math\})`[^`\n]*`", "", text)
    return re.search(r"\$[^$]+\$|\{math\}`|\\begin\{", prose) is not None


@pytest.fixture(
    scope="module",
    params=[(page, scheme) for page in PAGES for scheme in SCHEMES],
    ids=lambda given: f"{given[0].removesuffix('.html')}-{given[1]}",
)
def opened(request, module_tab):
    """Open a page once in each scheme, with all its solutions and hidden code unfolded."""
    page, scheme = request.param
    tab = module_tab(scheme)
    tab.resize(WIDTHS[0])
    tab.goto(page)
    tab.unfold()
    return page, scheme, tab


def test_scheme_is_the_readers(opened):
    _, scheme, tab = opened
    assert tab.page.evaluate("document.documentElement.dataset.theme") == scheme
    paper = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
    levels = [int(level) for level in re.findall(r"\d+", paper)[:3]]
    assert (min(levels) > 200) if scheme == "light" else (max(levels) < 60)


def test_outputs_stand_on_the_page_itself(opened):
    """In dark mode the theme puts a light slab behind what is not text; we have none."""
    _, _, tab = opened
    grounds = tab.page.eval_on_selector_all(
        "main .cell_output .text_html",
        "all => all.map(output => getComputedStyle(output).backgroundColor)",
    )
    assert set(grounds) <= {"rgba(0, 0, 0, 0)"}


@pytest.mark.parametrize("width", WIDTHS)
def test_layout_holds(opened, width):
    _, _, tab = opened
    tab.resize(width)
    assert tab.page.evaluate(LAYOUT) == []


def test_maths_is_rendered(opened):
    page, _, tab = opened
    formulas = tab.page.evaluate(FORMULAS)
    assert bool(formulas) or not has_maths(page)
    assert [f for f in formulas if f["error"] or f["width"] < 2 or f["height"] < 2] == []
    assert RAW_TEX.findall(tab.page.evaluate(WORDS)) == []


def test_page_has_the_books_icon(opened):
    _, _, tab = opened
    kind = tab.page.evaluate(
        """async () => {
            const icon = document.querySelector("link[rel~=icon]");
            return icon && (await fetch(icon.href)).headers.get("content-type");
        }"""
    )
    assert kind == "image/svg+xml"


def test_nothing_failed_and_no_other_host_was_asked(opened):
    """Stands last: it sees what happened while the page was loaded, unfolded and resized."""
    _, _, tab = opened
    assert tab.errors == []
    assert tab.external == []


def test_some_pages_have_maths_and_some_have_not():
    """What tells them apart does tell them apart."""
    assert 10 < sum(map(has_maths, CHAPTERS)) < len(PAGES)


def test_root_leads_to_the_front_page(open_tab):
    tab = open_tab()
    tab.page.goto(tab.base)
    tab.page.wait_for_selector("article h1")
    assert "Loss Functions" in tab.page.inner_text("article h1")
