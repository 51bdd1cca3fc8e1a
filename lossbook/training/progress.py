"""A bar, or lines, that show how far a run is."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def progress_of(wanted: bool, total: int, unit: str) -> Iterator[Callable[[float], None]]:
    """Give a function that shows one more step or epoch, and its loss, on stderr."""
    if not wanted:
        yield lambda loss: None
        return
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError:
        done = 0

        def line(loss: float) -> None:
            nonlocal done
            done += 1
            print(f"{unit} {done} of {total}: loss {loss:.6g}", file=sys.stderr)

        yield line
        return
    with tqdm(total=total, unit=unit) as shown:

        def advance(loss: float) -> None:
            shown.set_postfix(loss=f"{loss:.6g}", refresh=False)
            shown.update()

        yield advance
