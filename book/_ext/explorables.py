"""The Sphinx extension that keeps the explorables' script and style in files.

A notebook's output carries both, so that it works wherever the notebook is opened. On a page they
are taken out and loaded from files, which the browser keeps for the next page. There an explorable
stands in the static figure of the cell before, which is seen where scripts do not run.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from lossbook.explorables import FOLDER, KIT

logger = logging.getLogger(__name__)

INLINE = re.compile(
    r"<(?P<tag>style|script) data-explorable>.*?</(?P=tag)>\s*", re.DOTALL
)
NAMED = re.compile(r'class="explorable" data-figure="([\w-]+)"')


def copy_files(app: Sphinx) -> None:
    """Put the scripts and the style where the pages look for them."""
    target = Path(app.outdir) / "_static" / "explorables"
    target.mkdir(parents=True, exist_ok=True)
    for file in [*FOLDER.glob("*.js"), FOLDER / "kit.css"]:
        shutil.copyfile(file, target / file.name)


def put_into_figure(app: Sphinx, doctree: nodes.document) -> None:
    """Let an explorable share the number and the caption of the figure in the cell before it."""
    for raw in list(doctree.findall(nodes.raw)):
        if not NAMED.search(raw.astext()):
            continue
        cell = raw
        while "cell" not in cell.get("classes", ()):
            cell = cell.parent
        before = cell.parent[cell.parent.index(cell) - 1]
        figure = next(before.findall(nodes.figure), None)
        if figure is None:
            logger.warning("an explorable needs a figure before it", location=cell)
            continue
        raw.parent.remove(raw)
        figure.insert(0, raw)


def load_from_files(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load what a page's figures need from files, in place of what each of them carries."""
    figures = NAMED.findall(context.get("body", ""))
    if not figures:
        return
    context["body"] = INLINE.sub("", context["body"])
    app.add_css_file("explorables/kit.css")
    for name in (*KIT, *dict.fromkeys(figures)):
        app.add_js_file(f"explorables/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx's events."""
    app.connect("builder-inited", copy_files)
    app.connect("doctree-read", put_into_figure)
    app.connect("html-page-context", load_from_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
