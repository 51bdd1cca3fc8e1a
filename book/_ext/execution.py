"""The Sphinx extension that decides when a notebook is executed again, and starts kernels with keys.

The key of jupyter-cache, by which a page finds outputs that are there already, is in cachekey.py.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import cachekey
import nbformat
from jupyter_cache import get_cache
from kernels import ENCRYPTED
from myst_nb.core.execute import cache as myst_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

KEPT = 200  # executed notebooks; the oldest go first


def outdated(app: Sphinx, env: BuildEnvironment, *sources: set[str]) -> list[str]:
    """Return the pages to be read again because what their notebooks depend on has changed.

    Sphinx itself reads a page again only where the page's own file has changed.
    """
    before = getattr(env, "lossbook_digests", {})
    env.lossbook_digests = {
        page: cachekey.digest(nbformat.read(path, as_version=4))
        for page in env.found_docs
        if (path := env.doc2path(page)).endswith(".ipynb")
    }
    return [
        page
        for page, digest in env.lossbook_digests.items()
        if before.get(page, digest) != digest
    ]


def prepare(app: Sphinx) -> None:
    """Let myst-nb give each kernel a key, and the cache forget what is long out of date."""
    myst_cache.single_nb_execution = partial(
        myst_cache.single_nb_execution, config=ENCRYPTED
    )
    get_cache(app.env.mystnb_config.execution_cache_path).change_cache_limit(KEPT)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the above to Sphinx's events."""
    app.connect("builder-inited", prepare, priority=900)  # after myst-nb's own
    app.connect("env-get-outdated", outdated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
