"""What pytest adds to nbval for the book's notebooks: pictures, what ledgers collect, the build's cache.

nbval executes each cell and compares the text of its outputs with what is stored. Here the pictures
are compared, too, and the results that a ledger collects from a cell's metadata. A notebook of which
every cell has passed goes into the build's cache, so that the next `make book` does not execute it
again.
"""

from __future__ import annotations

import time
from copy import deepcopy
from pathlib import Path

import cachekey
import likeness
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbval.plugin import IPyNbCell, IPyNbFile

CACHE = Path(__file__).parent.parent / "_build" / ".jupyter_cache"
PASSED = pytest.StashKey[list[IPyNbCell]]()
STARTED = pytest.StashKey[tuple[float, str]]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Make the cache before the workers do so at the same time."""
    if not hasattr(session.config, "workerinput"):
        get_cache(CACHE).list_cache_records()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Look at what nbval does not compare, and keep a notebook that has passed."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    notebook = item.parent
    passed = notebook.stash.setdefault(PASSED, [])
    if not passed:
        notebook.stash[STARTED] = time.time(), cachekey.digest(notebook.nb)
    yield
    stored, executed = item.cell.outputs, item.test_outputs
    if found := likeness.differences(stored, executed) + collected(stored, executed):
        item.raise_cell_error("Cell outputs differ", "\n".join(found))
    passed.append(item)
    if len(passed) == len([c for c in notebook.nb.cells if c.cell_type == "code"]):
        keep(notebook)


def collected(stored: list, executed: list) -> list[str]:
    """Return in words how that differs which a ledger collects."""
    before, now = (
        [
            output.metadata["lossbook"]
            for output in outputs
            if "lossbook" in output.get("metadata", {})
        ]
        for outputs in (stored, executed)
    )
    return [] if before == now else [f"for the ledger: stored {before}, executed {now}"]


def keep(notebook: IPyNbFile) -> None:
    """Put the outputs that were just made into the cache, as `make book` would have done."""
    started, digest = notebook.stash[STARTED]
    executed = cachekey.read(notebook.path.read_text(encoding="utf-8"))
    if cachekey.digest(executed) != digest:
        return  # what it reads has changed in between: of which state these are, nobody knows
    cells = [cell for cell in executed.cells if cell.cell_type == "code"]
    for count, (cell, item) in enumerate(
        zip(cells, notebook.stash[PASSED], strict=True), start=1
    ):
        cell.execution_count, cell.outputs = count, deepcopy(item.test_outputs)
    data = {"execution_seconds": time.time() - started}
    bundle = CacheBundleIn(executed, str(notebook.path), data=data)
    get_cache(CACHE).cache_notebook_bundle(bundle, overwrite=True)
