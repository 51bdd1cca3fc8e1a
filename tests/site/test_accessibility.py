"""Every page can be read with any eyes and used with any hands: WCAG 2.2, level AA.

axe-core judges what a program can judge; the other tests see what it does not.
"""

import re
from contextlib import suppress
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import CHAPTERS, PAGES, SCHEMES
from playwright.sync_api import TimeoutError

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ON_A_PHONE = ["book/02-mse-and-cross-entropy.html", "book/api.html"]
A_CHAPTER = "book/01-what-is-a-loss.html"
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # the rules whose answer the theme can change
AXE = Axe()


def lay_open(tab, name):
    """Open a page for axe-core, with all that can be unfolded."""
    page = tab.goto(name)
    tab.unfold()
    return page


def judge(page, rules=None, exclude=()):
    """Run axe-core; return what it found wrong, in words, and its result."""
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG_22_AA}
    # It need not load the style sheets a second time for its experimental rules.
    options = {"runOnly": only, "preload": False}
    result = AXE.run(page, {"exclude": list(exclude)} if exclude else None, options).response
    wrong = [
        f"{rule['id']}: {node['html'][:120]} ({node['failureSummary'].splitlines()[-1].strip()})"
        for rule in result["violations"]
        for node in rule["nodes"]
    ]
    return wrong, result


@pytest.fixture(scope="module", params=PAGES, ids=lambda page: page.removesuffix(".html"))
def opened(request, module_tab):
    """Open a page once, as one who asks for less motion does, with all that can be unfolded."""
    tab = module_tab("light")
    tab.page.emulate_media(color_scheme="light", reduced_motion="reduce")
    tab.resize(1440)
    return request.param, lay_open(tab, request.param)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_violation(opened, scheme, record_property):
    name, page = opened
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(
        "scheme => document.documentElement.dataset.theme === scheme", arg=scheme
    )
    wrong, result = judge(page, OF_COLOUR if scheme == "dark" else None)
    count = sum(len(rule["nodes"]) for rule in result["passes"])
    undecided = sum(len(rule["nodes"]) for rule in result["incomplete"])
    record_property("axe", (name, scheme, len(result["passes"]), count, undecided, len(wrong)))
    assert wrong == []
    assert len(result["passes"]) > (0 if scheme == "dark" else 20)


def test_control_is_named_by_the_words_it_shows(opened):
    """WCAG 2.5.3: who speaks to a control says its words. axe-core has this on trial."""
    _, page = opened
    # The words that axe-core takes these two to show are a shortcut's keys and titles of icons.
    drawn = (".search-button-field", ".theme-switch-button")
    assert judge(page, ["label-content-name-mismatch"], drawn)[0] == []


def test_picture_says_what_it_shows(opened):
    _, page = opened
    alts = page.eval_on_selector_all("img", "all => all.map(i => [i.src, i.getAttribute('alt')])")
    assert [(src, alt) for src, alt in alts if alt is None or 0 < len(alt.split()) < 4] == []
    drawn = page.eval_on_selector_all(
        "main figure img, main .cell_output img", "all => all.map(image => image.alt)"
    )
    assert [alt for alt in drawn if len(alt.split()) < 4] == []


def test_headings_are_in_order(opened):
    _, page = opened
    levels = page.eval_on_selector_all(
        "h1, h2, h3, h4, h5, h6",
        "all => all.filter(h => h.checkVisibility()).map(h => Number(h.localName[1]))",
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


def test_nothing_moves_for_who_asks_for_less_motion(opened):
    _, page = opened
    moving = page.evaluate(
        """() => {
            const seconds = times => Math.max(...times.split(",").map(time =>
                parseFloat(time) / (time.trim().endsWith("ms") ? 1000 : 1)));
            const found = new Set();
            for (const element of document.querySelectorAll("*"))
                for (const part of [null, "::before", "::after"]) {
                    const style = getComputedStyle(element, part);
                    const animated = style.animationName !== "none"
                        && seconds(style.animationDuration) > 0.01;
                    if (animated || seconds(style.transitionDuration) > 0.01
                        || style.scrollBehavior === "smooth")
                        found.add(`${element.localName}.${element.getAttribute("class")}`);
                }
            return [...found];
        }"""
    )
    assert moving == []


ALL_REACHED = """() => [...document.querySelectorAll("main pre, main .cell_output, main .output")]
    .every(box => box.scrollWidth <= box.clientWidth || box.tabIndex >= 0
        || !["auto", "scroll"].includes(getComputedStyle(box).overflowX))"""


def test_phone_needs_no_mouse_and_no_thin_fingers(opened):
    """What scrolls on a narrow page is reached by the keyboard, and buttons are not too small."""
    _, page = opened
    page.set_viewport_size({"width": 390, "height": 900})
    # The theme looks anew at what scrolls, some time after a change. If it does not, axe-core says.
    with suppress(TimeoutError):
        page.wait_for_function(ALL_REACHED, timeout=20_000)
    assert judge(page, ["scrollable-region-focusable", "target-size"])[0] == []


@pytest.mark.parametrize("name", ON_A_PHONE)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_violation_on_a_phone(open_tab, name, scheme):
    tab = open_tab(scheme, width=390, reduced_motion="reduce")
    assert judge(lay_open(tab, name))[0] == []


# What a reader can open over a page: how, at what width, and what is then to be seen.
OVERLAYS = {
    "search": (1440, ".search-button-field", "#pst-search-dialog input"),
    "downloads": (1440, "[aria-label='Download this page']", ".btn-download-source-button"),
    "chapters on a phone": (390, ".primary-toggle", "#pst-primary-sidebar-modal a.reference"),
    "contents on a phone": (390, ".secondary-toggle", "#pst-secondary-sidebar-modal a.nav-link"),
}


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_no_violation_in_what_opens_over_the_page(open_tab, overlay, scheme):
    width, button, shown = OVERLAYS[overlay]
    tab = open_tab(scheme, width=width, reduced_motion="reduce")
    lay_open(tab, A_CHAPTER)
    tab.page.click(f"{button} >> visible=true")
    tab.page.wait_for_selector(shown, state="visible")
    assert judge(tab.page)[0] == []


def test_skip_link_leads_past_the_navigation(open_tab):
    tab = open_tab()
    page = tab.goto(A_CHAPTER)
    page.keyboard.press("Tab")
    assert "Skip to main content" in page.evaluate("document.activeElement.textContent")
    assert page.locator("#pst-skip-link a").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


# How the focused element looks, with what frames it: a field may leave that to its form.
LOOKS = """
element => [element, element.parentElement, element.closest("form")].filter(Boolean).map(e => {
    const style = getComputedStyle(e);
    const outline = style.outlineStyle === "none" ? "0px" : style.outlineWidth;
    return [outline, outline === "0px" ? "" : style.outlineColor, style.boxShadow];
})
"""
STOPS = {
    "book/01-what-is-a-loss.html": 25,
    "book/index.html": 25,
    "search.html": 25,
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", STOPS)
def test_keyboard_focus_is_visible(open_tab, name, scheme):
    tab = open_tab(scheme, reduced_motion="reduce")
    page = tab.goto(name)
    hidden, seen = [], []
    for _ in range(STOPS[name]):
        page.keyboard.press("Tab")
        element = page.evaluate_handle("document.activeElement").as_element()
        label = page.evaluate("e => e.outerHTML.slice(0, 120)", element)
        assert not label.startswith("<body")
        seen.append(label)
        focused = page.evaluate(LOOKS, element)
        page.evaluate("e => e.blur()", element)
        # The next Tab goes on from where the focus has been.
        if focused == page.evaluate(LOOKS, element):
            hidden.append(label)
    assert hidden == []
    assert len(set(seen)) > STOPS[name] * 0.8


@pytest.mark.parametrize("scheme", SCHEMES)
def test_keyboard_focus_is_visible_in_the_text(open_tab, scheme):
    """Whatever kind of control there is in the text of a chapter, one of each."""
    tab = open_tab(scheme, reduced_motion="reduce")
    page = tab.goto(A_CHAPTER)
    page.keyboard.press("Tab")  # from now on the keyboard is what moves the focus
    kinds = ["main article a[href]", "summary", "main pre", "button.copybtn", ".prev-next-area a"]
    for kind in kinds:
        element = page.locator(f"{kind} >> visible=true").first.element_handle()
        plain = page.evaluate(LOOKS, element)
        page.evaluate("e => e.focus()", element)
        if page.evaluate("e => document.activeElement === e", element):
            assert page.evaluate(LOOKS, element) != plain, kind
        else:
            assert kind == "main pre"  # only one that scrolls can be reached


def test_axe_core_knows_wcag_22():
    version = re.search(r"axe v(\d+)\.(\d+)", AXE.axe_script)
    assert tuple(map(int, version.groups())) >= (4, 5)
    assert "wcag22aa" in AXE.axe_script
    assert len(PAGES) == len(CHAPTERS) + 2
