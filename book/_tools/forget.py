"""Let the next build execute a notebook again, although its own code is as it was.

    python book/_tools/forget.py CACHE NOTEBOOK ...

The build keeps executed notebooks by their code alone. Some read more than that: the claims ledger
reads the other chapters, the agreement ledger the table of the tests, the front page the ledgers.
"""

import sys

from jupyter_cache import get_cache


def main(folder: str, *notebooks: str) -> None:
    """Drop the executed form of each notebook."""
    cache = get_cache(folder)
    for notebook in notebooks:
        try:
            cache.remove_cache(cache.match_cache_file(notebook).pk)
        except KeyError:
            continue  # it has not been executed yet


if __name__ == "__main__":
    main(*sys.argv[1:])
