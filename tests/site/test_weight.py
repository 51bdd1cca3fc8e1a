"""A chapter is light on a first visit, and the next one loads less: what pages share is kept."""

import re
from collections import defaultdict
from statistics import median
from urllib.parse import urlsplit

import numpy as np
import pytest
from conftest import PAGES, SITE
from PIL import Image

CHAPTERS = sorted((SITE / "book").glob("[01]*.html"))
PICTURES = sorted((SITE / "_images").glob("*.png"))
EXECUTED = SITE.parent / "jupyter_execute"
HEAVIEST = 1_500_000  # bytes, of everything, uncompressed


def test_the_chapters_are_built():
    assert len(CHAPTERS) == 16


FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def visit(open_tab, page, slowed=1):
    """Return the bytes of each address that a first visit loads, and its first paint in ms."""
    tab = open_tab()
    responses = []
    tab.page.on("response", lambda response: responses.append(response))  # a builtin will not do
    session = tab.page.context.new_cdp_session(tab.page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
    tab.goto(page)
    sizes = {response.url: len(response.body()) for response in responses}
    paint = tab.page.evaluate(FIRST_PAINT)
    tab.page.context.close()
    return sizes, paint


@pytest.mark.parametrize("page", PAGES)
def test_page_is_light(open_tab, page, pytestconfig, record_property):
    sizes, _ = visit(open_tab, page)
    weight = sum(sizes.values())
    if pytestconfig.getoption("--paint-table"):
        paint = median(visit(open_tab, page, slowed=4)[1] for _ in range(5))
        record_property("paint", (page, f"{weight / 1e6:.2f}", f"{paint:.0f}"))
    assert weight <= HEAVIEST, sorted(sizes.items(), key=lambda item: -item[1])[:5]
    # Nothing is missed: the page, its style and its pictures are among what was loaded.
    loaded = {urlsplit(address).path for address in sizes}
    assert f"/{page}" in loaded
    assert any(path.endswith(".css") for path in loaded)
    named = set(
        re.findall(r'src="\.\./(_images/[^"]+)"', (SITE / page).read_text(encoding="utf-8"))
    )
    assert {f"/{path}" for path in named} <= loaded


def test_pages_share_scripts_by_one_address_with_a_digest():
    addresses = defaultdict(set)
    for page in [*CHAPTERS, SITE / "book" / "index.html", SITE / "genindex.html"]:
        scripts = re.findall(r'<script[^>]*\ssrc="([^"]+)"', page.read_text(encoding="utf-8"))
        assert scripts, page
        for script in scripts:
            path, _, digest = script.removeprefix("../").partition("?")
            assert re.fullmatch(r"(v|digest)=[0-9a-f]+", digest), f"{page.name}: {script}"
            addresses[path].add(digest)
    assert {path: digests for path, digests in addresses.items() if len(digests) > 1} == {}


def test_only_the_search_page_loads_the_search():
    pages = [p for p in SITE.rglob("*.html") if "searchindex.js" in p.read_text(encoding="utf-8")]
    assert pages == [SITE / "search.html"]


def on(background, image):
    """Return what is seen of a picture on black (0) or white (255)."""
    pixels = np.asarray(image.convert("RGBA"), dtype=float)
    alpha = pixels[..., 3:] / 255
    return pixels[..., :3] * alpha + background * (1 - alpha)


def test_pictures_are_small_and_look_as_they_were_drawn():
    drawn = {path.name: path for path in EXECUTED.rglob("*.png")}
    assert len(PICTURES) > 50
    for path in PICTURES:
        assert path.stat().st_size < 0.7 * drawn[path.name].stat().st_size, path.name
        with Image.open(path) as built, Image.open(drawn[path.name]) as original:
            assert built.mode == "P" and "transparency" in built.info, path.name
            for background in (0, 255):
                seen = np.abs(on(background, built) - on(background, original))
                assert seen.max() <= 21, path.name  # VISIBLE, and rounding
                assert np.mean(seen.max(axis=2) > 8) < 0.005, path.name
