"""Execute the book's notebooks and store them in one normal form, or check that they are.

    python book/_ext/notebooks.py [--check | --shuffled] [NOTEBOOK ...]

Without names it takes every notebook of the book. Stored outputs are part of the source: nbval
compares them, and a reader sees them without running anything. A notebook keeps a digest of the code
that its outputs were made from; where the two differ, it is stale, which is seen without a run.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import random
import sys
from pathlib import Path

import cachekey
import nbformat
from kernels import ENCRYPTED
from nbclient import NotebookClient
from nbformat import NotebookNode
from pictures import with_palette
from PIL import Image

BOOK = Path(__file__).parent.parent
LARGEST = 1_000_000  # bytes
# Those that take longest, of which no core should have one left when the others are done.
LONG = ("05", "06", "07", "16")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = {"tags", "mystnb"}
# How JupyterLab shows a transparent figure; what the claims ledger collects.
OUTPUT_METADATA = {"needs_background", "lossbook"}


def paths() -> list[Path]:
    """Return every notebook of the book."""
    return sorted(
        p for p in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
    )


def read(path: Path) -> NotebookNode:
    """Return a notebook as it is stored."""
    return nbformat.read(path, as_version=4)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that have outputs."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code_digest(notebook: NotebookNode) -> str:
    """Return a digest of the code, in its order."""
    code = "\0".join(cell.source for cell in code_cells(notebook))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run every cell in a fresh kernel, as a reader who opens the notebook would."""
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
        config=ENCRYPTED,
    )
    client.execute()
    kept = notebook.metadata.get("lossbook", {})
    notebook.metadata["lossbook"] = kept | {"code": code_digest(notebook)}


def shrink(encoded: str) -> str:
    """Return a picture with a palette, as pages have it: a notebook is half as large then."""
    picture = base64.b64decode(encoded)
    if Image.open(io.BytesIO(picture)).mode == "P":  # done before
        return encoded
    return base64.b64encode(with_palette(picture)).decode()


def normalise(notebook: NotebookNode) -> None:
    """Keep of metadata and outputs only what a reader or the build uses."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    kept = notebook.metadata.get("lossbook", {})
    notebook.metadata = NotebookNode(
        kernelspec=KERNEL, language_info={"name": "python"}, lossbook=kept
    )
    for cell in notebook.cells:
        cell.metadata = NotebookNode(
            {key: value for key, value in cell.metadata.items() if key in CELL_METADATA}
        )
        cell.source = cell.source.rstrip()
    for count, cell in enumerate(code_cells(notebook), start=1):
        if (
            cell.execution_count is not None
        ):  # a cell that never ran must not look as if it had
            cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
            if output.output_type == "error":  # its frames name files of this machine
                output.traceback = [f"{output.ename}: {output.evalue}"]
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = shrink(output.data["image/png"])
            if "metadata" in output:
                output.metadata = NotebookNode(
                    {
                        key: v
                        for key, v in output.metadata.items()
                        if key in OUTPUT_METADATA
                    }
                )


def text(notebook: NotebookNode) -> str:
    """Return a notebook as it is written to disk."""
    return nbformat.writes(notebook) + "\n"


def problems(path: Path) -> list[str]:
    """Return what is wrong with a stored notebook, in words."""
    notebook = read(path)
    found = []
    if notebook.metadata.get("lossbook", {}).get("code") != code_digest(notebook):
        found.append("its outputs are stale: they were made from other code")
    for pattern in cachekey.declared(notebook):
        if not cachekey.matches(pattern):
            found.append(f"it declares that it reads {pattern}, where there is no file")
    for number, cell in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != number:
            found.append(
                f"code cell {number} has count {cell.execution_count}, so is not compared"
            )
        if any(output.get("name") == "stderr" for output in cell.outputs):
            found.append(f"code cell {number} writes to stderr")
    normalise(notebook)
    stored = path.read_text(encoding="utf-8")
    if text(notebook) != stored:
        found.append("it is not in normal form")
    if len(stored.encode()) > LARGEST:
        found.append(
            f"it has {len(stored.encode())} bytes; the largest allowed is {LARGEST}"
        )
    return found


def main() -> int:
    """Run the command that the module's docstring gives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="change nothing, say what is wrong"
    )
    parser.add_argument(
        "--shuffled",
        action="store_true",
        help="only list them: the longest first, else in another order each time",
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="instead of all")
    arguments = parser.parse_args()
    if arguments.shuffled:
        shuffled = random.sample(paths(), len(paths()))
        for path in sorted(shuffled, key=lambda path: not path.name.startswith(LONG)):
            print(path.relative_to(BOOK.parent).as_posix())
        return 0
    failed = False
    for path in arguments.notebooks or paths():
        if arguments.check:
            for problem in problems(path):
                print(f"{path.name}: {problem}; run `make notebooks`")
                failed = True
            continue
        print(f"executing {path.name} ...", flush=True)
        notebook = read(path)
        execute(notebook, path.parent)
        normalise(notebook)
        path.write_text(text(notebook), encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
