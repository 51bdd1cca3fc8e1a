"""A notebook is executed again where its code, the package or what it declares to read has changed.

And only there. A small book is built with the extensions of the large one.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cachekey
import nbformat
import pytest
from jupyter_cache.cache.main import JupyterCacheBase

ROOT = Path(__file__).parents[2]

CONF = """
project = "A small book"
extensions = ["myst_nb", "execution"]
nb_custom_formats = {".ipynb": ("cachekey.read", {}, False)}
nb_execution_mode = "cache"
"""
SHOWS = "from pathlib import Path\nprint(Path('../tests/table.txt').read_text())"


def notebook(code, **lossbook):
    cells = [nbformat.v4.new_markdown_cell("# Page"), nbformat.v4.new_code_cell(code)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "lossbook": lossbook}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the folder of a repository with a package, a table that one notebook reads, a book."""
    root = tmp_path_factory.mktemp("small")
    for name in ("book/_ext", "lossbook", "tests"):
        (root / name).mkdir(parents=True)
    for name in ("cachekey", "execution", "kernels"):
        shutil.copy(ROOT / "book" / "_ext" / f"{name}.py", root / "book" / "_ext")
    (root / "book" / "conf.py").write_text(CONF)
    (root / "book" / "matplotlibrc").write_text("lines.linewidth: 1\n")
    (root / "lossbook" / "__init__.py").write_text("NUMBER = 1\n")
    (root / "requirements.txt").write_text("numpy\n")
    (root / "tests" / "table.txt").write_text("first")
    index = "Book\n====\n\n.. toctree::\n\n   reads\n   computes\n"
    (root / "book" / "index.rst").write_text(index)
    nbformat.write(notebook(SHOWS, reads=["tests/*.txt"]), root / "book" / "reads.ipynb")
    nbformat.write(notebook("print(1 + 1)"), root / "book" / "computes.ipynb")
    return root


def build(root):
    """Build the small book; return which notebooks were executed, and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "book", "_build/html"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "book" / "_ext"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = done.stdout + done.stderr
    return set(re.findall(r"(\w+)\.ipynb: Executing", said)), said


def change(path):
    path.write_text(path.read_text() + "# changed\n")


def test_what_a_change_lets_execute_again(small):
    executed, said = build(small)
    assert executed == {"reads", "computes"}
    assert "encryption" not in said  # of which ipykernel warns where a kernel has no key

    (small / "tests" / "nobody_reads.py").write_text("NUMBER = 2")
    assert build(small)[0] == set()

    (small / "tests" / "table.txt").write_text("second")
    assert build(small)[0] == {"reads"}
    assert "second" in (small / "_build" / "html" / "reads.html").read_text(encoding="utf-8")

    change(small / "lossbook" / "__init__.py")
    assert build(small)[0] == {"reads", "computes"}


@pytest.fixture
def digests(small, monkeypatch):
    """Return a function that gives the digests of the two notebooks as they are now."""
    monkeypatch.setattr(cachekey, "ROOT", small)
    names = ("reads", "computes")
    return lambda: [
        cachekey.digest(nbformat.read(small / "book" / f"{name}.ipynb", as_version=4))
        for name in names
    ]


@pytest.mark.parametrize(
    "path", ["lossbook/__init__.py", "lossbook/figure.js", "book/matplotlibrc", "requirements.txt"]
)
def test_what_every_notebook_depends_on(small, digests, path):
    (small / path).touch()
    before = digests()
    change(small / path)
    assert all(now != then for now, then in zip(digests(), before, strict=True))


def test_a_new_file_that_a_pattern_names(small, digests):
    before = digests()
    (small / "tests" / "new.txt").write_text("")
    now = digests()
    assert now[0] != before[0] and now[1] == before[1]


def test_the_digest_is_in_the_key_of_the_cache(small, digests):
    text = (small / "book" / "reads.ipynb").read_text(encoding="utf-8")
    key = JupyterCacheBase(small).create_hashed_notebook
    before = key(cachekey.read(text))[1]
    assert key(cachekey.read(text))[1] == before
    change(small / "tests" / "table.txt")
    assert key(cachekey.read(text))[1] != before
