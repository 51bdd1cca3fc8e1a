"""The Sphinx extension that takes the addresses of the book and its source, and shows what needs them.

LOSSBOOK_URL is the address of the built book, LOSSBOOK_REPOSITORY that of its source; without them
`html.baseurl` and `repository.url` of _config.yml are taken. A clone has neither, and gets a book
without an address in it: no launch buttons, no canonical links.
"""

from __future__ import annotations

import os
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

SOURCE_BUTTONS = ("use_repository_button", "use_issues_button", "use_edit_page_button")


def address(variable: str, configured: str | None) -> str:
    """Return an address from the environment, else from the configuration, else ""."""
    given = os.environ.get(variable) or configured or ""
    if given and not given.startswith(("https://", "http://")):
        raise ConfigError(f"{variable}: expected https://..., received {given!r}")
    return given.rstrip("/")


def take_addresses(app: Sphinx, config: Config) -> None:
    """Give Sphinx and the theme the addresses, or take away the buttons that need one."""
    site = address("LOSSBOOK_URL", config.html_baseurl)
    config.html_baseurl = f"{site}/" if site else ""
    options = config.html_theme_options
    options["repository_url"] = address(
        "LOSSBOOK_REPOSITORY", options.get("repository_url")
    )
    if not options["repository_url"]:
        options["launch_buttons"] = {}
        options.update(dict.fromkeys(SOURCE_BUTTONS, False))


def setup(app: Sphinx) -> dict[str, Any]:
    """Take the addresses before any other extension reads the configuration."""
    app.connect("config-inited", take_addresses, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
