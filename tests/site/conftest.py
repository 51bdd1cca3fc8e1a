"""A real browser on the built book, served from this machine, with every other host cut off."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from browser import chromium
from playwright.sync_api import Browser, Page, Route

ROOT = Path(__file__).parent.parent.parent
SITE = ROOT / "_build" / "html"


TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
# The pages of the book in its order.
CHAPTERS = [
    f"{name}.html"
    for name in [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
]
PAGES = [*CHAPTERS, "search.html", "genindex.html"]
SCHEMES = ("light", "dark")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files and write no log."""

    def log_message(self, *arguments: object) -> None:
        pass


class QuietServer(ThreadingHTTPServer):
    """Say nothing of a browser that goes on before it has read to the end."""

    def handle_error(self, *arguments: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*arguments)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Serve the built book; the value is its address, with a slash at the end."""
    assert (SITE / "index.html").exists(), "the book is not built: make book"
    handler = partial(QuietHandler, directory=str(SITE))
    with QuietServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Tab:
    """One page of the browser, and what went wrong in it since it last went somewhere."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    external: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        page = self.page
        elsewhere = re.compile(rf"^(?!{re.escape(self.base)}|data:|blob:)")
        page.context.route(elsewhere, self._refuse)
        page.on("console", lambda m: m.type == "error" and self.errors.append(f"console: {m.text}"))
        page.on("pageerror", lambda error: self.errors.append(f"script: {error}"))
        page.on("requestfailed", lambda r: self.errors.append(f"failed: {r.url} {r.failure}"))
        page.on(
            "response", lambda r: r.status >= 400 and self.errors.append(f"{r.status}: {r.url}")
        )

    def _refuse(self, route: Route) -> None:
        """Let nothing through that is not the book itself."""
        self.external.append(route.request.url)
        route.abort()

    def goto(self, path: str) -> Page:
        """Open a page of the book and wait until it will not move any more."""
        self.errors.clear()
        self.external.clear()
        self.page.goto(self.base + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait for scripts, fonts, pictures and transitions, then for two frames to be drawn."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate(
            """async () => {
                await document.fonts.ready;
                await Promise.all([...document.images].map(image => image.decode().catch(() => 0)));
                const frame = () => new Promise(requestAnimationFrame);
                await frame();
                const ends = moving => moving.effect.getComputedTiming().endTime < Infinity;
                const moving = document.getAnimations().filter(ends);
                await Promise.all(moving.map(one => one.finished.catch(() => 0)));
                await frame();
            }"""
        )

    def unfold(self) -> None:
        """Open every solution and all hidden code, as a reader may."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.settle()

    def resize(self, width: int, height: int = 900) -> None:
        self.page.set_viewport_size({"width": width, "height": height})
        self.settle()


def tab_opener(browser: Browser, base: str, opened: ExitStack) -> Callable[..., Tab]:
    """Return a function that opens a tab, with a profile of its own, in a colour scheme."""

    def open_one(scheme: str = "light", width: int = 1440, base: str = base, **options) -> Tab:
        context = opened.enter_context(
            browser.new_context(
                color_scheme=scheme, viewport={"width": width, "height": 900}, **options
            )
        )
        return Tab(context.new_page(), base)

    return open_one


@pytest.fixture
def open_tab(browser: Browser, server: str) -> Iterator[Callable[..., Tab]]:
    """Open tabs that are closed at the end of the test."""
    with ExitStack() as opened:
        yield tab_opener(browser, server, opened)


@pytest.fixture(scope="module")
def module_tab(browser: Browser, server: str) -> Iterator[Callable[[str], Tab]]:
    """Give one tab for each colour scheme, the same for all tests of a module."""
    with ExitStack() as opened:
        yield cache(tab_opener(browser, server, opened))


# Tables that `make test-site` does not need: what a test has recorded for each page, by its option.
TABLES = {
    "axe": "page|scheme|rules passed|nodes passed|undecided|violations",
    "paint": "page|MB|first paint in ms",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/site/test_accessibility.py --axe-table` shows what axe-core found per page.

    `pytest tests/site/test_weight.py --paint-table` shows what each page weighs, uncompressed, and
    when something of it is first seen with the processor slowed four times: the median of five
    first visits. That depends on the machine and on what else runs there, so no test does.
    """
    for name in TABLES:
        parser.addoption(f"--{name}-table", action="store_true", help="a result for each page")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [r for key in ("passed", "failed") for r in terminalreporter.stats.get(key, [])]
    recorded = [pair for r in reports if r.when == "call" for pair in r.user_properties]
    for name, columns in TABLES.items():
        if terminalreporter.config.getoption(f"--{name}-table"):
            terminalreporter.section(name)
            rows = [columns.split("|"), *(row for key, row in recorded if key == name)]
            for first, *others in rows:
                cells = "".join(f"{other:>19}" for other in others)
                terminalreporter.line(f"{first:36}{cells}")
