"""What each page of the built book weighs and when it is first seen, as a table.

    python tests/site/paint.py [PART OF A PAGE'S NAME]

Weight is the sum of all that a first visit loads, uncompressed. Paint is the first contentful paint
with the processor slowed four times, in ms: the median of five first visits. It depends on the
machine and on what else runs there, so no test does; test_weight.py tests the weight.
"""

import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

SITE = Path(__file__).parent.parent.parent / "_build" / "html"
SLOWED, VISITS = 4, 5
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def visit(browser: Browser, address: str, slowed: int = 1) -> tuple[dict[str, int], float]:
    """Return the bytes of each address that a first visit loads, and its first paint in ms."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        responses = []
        page.on("response", lambda response: responses.append(response))
        slow = context.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": slowed})
        page.goto(address, wait_until="networkidle")
        # The browser asks for a favicon by itself; the book has none.
        sizes = {r.url: len(r.body()) for r in responses if "favicon" not in r.url}
        return sizes, page.evaluate(FIRST_PAINT)
    finally:
        context.close()


class Quiet(SimpleHTTPRequestHandler):
    """A server that does not print what it serves."""

    def log_message(self, *_):
        pass


def main(part: str = "") -> None:
    """Print the table."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    system = Path("/usr/bin/chromium")
    print(f"{'page':40} {'MB':>5} {'paint/ms':>9}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(system) if system.exists() else None,
            args=["--no-sandbox", "--disable-gpu"],
        )
        for page in sorted(SITE.rglob("*.html")):
            name = page.relative_to(SITE).as_posix()
            if part not in name or name.startswith("_static"):
                continue
            visits = [
                visit(browser, f"http://127.0.0.1:{server.server_port}/{name}", SLOWED)
                for _ in range(VISITS)
            ]
            weight = sum(visits[0][0].values()) / 1e6
            print(
                f"{name:40} {weight:5.2f} {median(paint for _, paint in visits):9.0f}", flush=True
            )
        browser.close()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main(*sys.argv[1:])
