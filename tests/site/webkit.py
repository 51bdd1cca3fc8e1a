"""WebKitGTK, the engine of Safari and of every browser on an iPhone, driven by WebDriver over HTTP.

    with webkit() as browser:
        browser.open("http://127.0.0.1:8000/")
        browser.run("return document.title")

Playwright's own WebKit is not one that Debian has. The few commands that a test needs are these.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

PROGRAMS = ("WebKitWebDriver", "Xvfb")
MISSING = "WebKitGTK is not installed: sudo apt install webkit2gtk-driver xvfb"
SECONDS = 60  # to answer one command


def is_installed() -> bool:
    """Say whether this machine has the browser, and the screen that it draws on."""
    return all(shutil.which(program) for program in PROGRAMS)


@dataclass(frozen=True)
class WebKit:
    """A window of the browser; `address` is that of its WebDriver session."""

    address: str

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded, with its fonts."""
        _ask(f"{self.address}/url", {"url": url})
        self._execute("async", "document.fonts.ready.then(() => arguments[0]());", [])

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what a script returns on the page; it finds the arguments in `arguments`."""
        return self._execute("sync", script, list(arguments))

    def _execute(self, how: str, script: str, arguments: list[Any]) -> Any:
        return _ask(f"{self.address}/execute/{how}", {"script": script, "args": arguments})


@contextmanager
def webkit() -> Iterator[WebKit]:
    """Start the browser on a screen that nobody sees; end both at the end."""
    with _screen() as display, _driver(display) as address:
        session = _ask(f"{address}/session", {"capabilities": {}})["sessionId"]
        try:
            yield WebKit(f"{address}/session/{session}")
        finally:
            _ask(f"{address}/session/{session}", method="DELETE")


@contextmanager
def _screen() -> Iterator[str]:
    """Start an X server that chooses a free display, and says which."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-nolisten", "tcp"]
    with _running(command, pass_fds=[writer]), open(reader) as said:
        os.close(writer)
        yield f":{said.readline().strip()}"


@contextmanager
def _driver(display: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    screen = {**os.environ, "DISPLAY": display, "GDK_BACKEND": "x11"}
    with _running(["WebKitWebDriver", f"--port={port}"], env=screen):
        address = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                _ask(f"{address}/status")
                break
            except URLError:  # it does not listen yet
                time.sleep(0.1)
        yield address


@contextmanager
def _running(command: list[str], **more: Any) -> Iterator[None]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet, **more) as process:
        try:
            yield
        finally:
            process.terminate()


def _ask(url: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url, data, method=method), timeout=SECONDS) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:  # its body says why
        raise RuntimeError(json.load(error)["value"]["message"]) from None
