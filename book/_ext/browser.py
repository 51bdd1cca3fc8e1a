"""Find Chromium on this machine and start it so that it asks no other host.

    with chromium() as browser:
        page = browser.new_page()

What prints the book and what tests its pages both start the browser here.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A browser that has just been started looks for updates, offers and experiments.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-gpu",
)
MISSING = (
    "No Chromium found. Install it with `sudo apt install chromium` or with "
    "`.venv/bin/playwright install chromium`, or name its executable in the environment "
    "variable CHROMIUM."
)


def find_chromium(playwright: Playwright) -> str:
    """Return the path of the browser: the one named in CHROMIUM, the system's, Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise FileNotFoundError(f"CHROMIUM={named} is not an executable")
    for command in COMMANDS:
        if found := shutil.which(command):
            return found
    own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    raise FileNotFoundError(MISSING)


def can_sandbox(executable: str, playwright: Playwright) -> bool:
    """Say whether the browser starts in its sandbox here.

    It does not for root, who is who runs it in a container; and where a system grants it by
    name, it does not for the one that Playwright has installed.
    """
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return not as_root and executable != playwright.chromium.executable_path


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, without a window; close it at the end."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        browser = playwright.chromium.launch(
            executable_path=executable,
            chromium_sandbox=can_sandbox(executable, playwright),
            args=list(QUIET),
        )
        try:
            yield browser
        finally:
            browser.close()
