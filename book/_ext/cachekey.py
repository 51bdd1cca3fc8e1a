"""On what a notebook's outputs depend beside its own code: the files it reads, as one digest.

A notebook names the files that it reads in its metadata, as patterns from the repository's root:

    {"lossbook": {"reads": ["tests/cases.py", "benchmarks/*.json"]}}

Every notebook depends on the package, the figures' style and the versions of the libraries, too. The
digest is put into the notebook's kernelspec when the notebook is read: jupyter-cache finds a
notebook's outputs by its code cells and its kernelspec, so those made from other files are not found.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
ALWAYS = ("lossbook/**/*", "book/matplotlibrc", "requirements.txt")


def matches(pattern: str) -> list[Path]:
    """Return the files of the repository that a pattern names."""
    return sorted(
        path
        for path in ROOT.glob(pattern)
        if path.is_file() and "__pycache__" not in path.parts
    )


def declared(notebook: NotebookNode) -> list[str]:
    """Return the patterns of what a notebook says that it reads."""
    return notebook.metadata.get("lossbook", {}).get("reads", [])


def digest(notebook: NotebookNode) -> str:
    """Return a digest of the names and contents of all that a notebook's outputs depend on."""
    files = {
        path for pattern in (*ALWAYS, *declared(notebook)) for path in matches(pattern)
    }
    found = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return found.hexdigest()[:16]


def read(text: str) -> NotebookNode:
    """Read a notebook as myst-nb does, and put the digest where jupyter-cache's key has it."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata.setdefault("kernelspec", NotebookNode())["reads"] = digest(
        notebook
    )
    return notebook
