"""Let the next build execute a notebook again, although its own code is as it was.

    python book/_ext/forget.py CACHE NOTEBOOK ...

The build keeps executed notebooks by their code alone, and does not even read a page whose file is as
it was. Some pages read more than that: the claims ledger reads the other chapters, the agreement
ledger the table of the tests, the list of mistakes the tests' examples, the front page the ledgers.
"""

import sys
from pathlib import Path

from jupyter_cache import get_cache


def main(folder: str, *notebooks: str) -> None:
    """Drop the executed form of each notebook, and what Sphinx has read of it."""
    cache = get_cache(folder)
    doctrees = Path(folder).parent / ".doctrees"
    for notebook in notebooks:
        (doctrees / notebook).with_suffix(".doctree").unlink(missing_ok=True)
        try:
            cache.remove_cache(cache.match_cache_file(notebook).pk)
        except KeyError:
            continue  # it has not been executed yet


if __name__ == "__main__":
    main(*sys.argv[1:])
