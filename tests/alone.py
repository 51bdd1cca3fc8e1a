"""The tests and docstring examples whose names have a word in them, without what they compare with.

    python tests/alone.py Huber

Importing Keras, TensorFlow and the others takes longer than all tests of one loss. Here they cannot
be imported, and test files that import them are passed over; `make test` runs those.
"""

import re
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PEERS = ("dask", "distributed", "jax", "keras", "sklearn", "tensorflow", "torch")
IMPORTED = re.compile(rf"^(from|import) ({'|'.join(PEERS)}|peers)\b", re.MULTILINE)


class Absent:
    """Answers for the peers, before Python looks for them, that they are not installed."""

    def find_spec(self, name, path=None, target=None):
        if name in PEERS:
            raise ModuleNotFoundError(f"{name} is left out: the tests run alone", name=name)


sys.meta_path.insert(0, Absent())


def pytest_ignore_collect(collection_path):
    """Pass over what imports one of them; and helpers of the tests, which have no examples."""
    if collection_path.suffix != ".py":
        return None
    helper = TESTS in collection_path.parents and not collection_path.name.startswith("test_")
    return helper or bool(IMPORTED.search(collection_path.read_text("utf-8"))) or None


if __name__ == "__main__":
    chosen = ["-q", "-rfE", "-k", sys.argv[1], "--doctest-modules", "--ignore=tests/site"]
    status = pytest.main([*chosen, "tests", "lossbook"], plugins=[sys.modules[__name__]])
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        print(f"No test has {sys.argv[1]!r} in its name: is the loss in CASES and __init__.pyi?")
    sys.exit(status)
