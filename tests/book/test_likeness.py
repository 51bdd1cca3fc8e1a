"""A changed figure, which nbval does not see, fails in the run over the notebooks."""

import base64
import io
import shutil
import subprocess
import sys
from pathlib import Path

import likeness
import nbformat
import notebooks
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]

FIGURE = """
import matplotlib.pyplot as plt
plt.plot([0, 1, 2], [0, 1, {last}])
plt.show()
"""
LEDGER = "display({'text/plain': '1'}, raw=True, metadata={'lossbook': {'claims': 1}})"


def drawn(last):
    """Return a notebook with a figure and a result, executed and stored by `make notebooks`."""
    codes = {"figure": FIGURE.format(last=last).strip(), "result": LEDGER}
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in codes.items()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebooks.execute(notebook, ROOT / "book")
    notebooks.normalise(notebook)
    return notebook


def run(folder, notebook):
    """Run pytest over a notebook, as `make test` does over the book's.

    Return its status, what it says, and how many notebooks it has put into the build's cache.
    """
    (folder / "book").mkdir()
    for name in ("conftest.py", "matplotlibrc"):
        shutil.copy(ROOT / "book" / name, folder / "book")
    path = folder / "book" / "small.ipynb"
    path.write_text(notebooks.text(notebook), encoding="utf-8")
    extensions = f"pythonpath={ROOT / 'book' / '_ext'}"
    options = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", folder, "-o", extensions]
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", *options, path]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    executed = folder / "_build" / ".jupyter_cache" / "executed"
    return done.returncode, done.stdout, len(list(executed.glob("*")))


def test_a_changed_figure_fails_and_is_not_kept_for_the_build(tmp_path):
    (tmp_path / "same").mkdir()
    (tmp_path / "other").mkdir()
    stored = drawn(last=4)
    code, said, kept = run(tmp_path / "same", stored)
    assert (code, kept) == (0, 1), said

    # The code draws and finds something else than is stored.
    stored.cells[0].outputs = drawn(last=4.05).cells[0].outputs
    stored.cells[1].outputs[0].metadata["lossbook"]["claims"] = 2
    code, said, kept = run(tmp_path / "other", stored)
    assert (code, kept) == (1, 0), said
    assert "2 failed" in said
    assert "pixels differ by up to" in said
    assert "for the ledger: stored [{'claims': 2}], executed [{'claims': 1}]" in said


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8), "RGBA").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def grey():
    return np.full((40, 60, 4), 128)


def test_the_limit_holds_for_each_pixel_alone(grey):
    other = grey.copy()
    other[7, 9, :3] += likeness.LIMIT * 2 - 2  # half transparent, so half of it is seen
    assert likeness.difference(png(grey), png(other)) == ""
    other[7, 9, :3] += 4
    said = likeness.difference(png(grey), png(other))
    assert said.startswith("1 pixels differ") and "columns 9 to 9, rows 7 to 7" in said


def test_a_colour_that_is_transparent_is_not_seen(grey):
    grey[..., 3] = 0
    other = grey.copy()
    other[..., :3] = 0
    assert likeness.difference(png(grey), png(other)) == ""


def test_size_and_number_are_compared(grey):
    assert likeness.difference(png(grey), png(grey[:-1])) == (
        "stored 60 × 40 pixels, executed 60 × 39"
    )
    encoded = base64.b64encode(png(grey)).decode()
    shown = nbformat.v4.new_output("display_data", data={"image/png": encoded})
    assert likeness.differences([shown], []) == ["stored 1 pictures, executed 0"]
    assert likeness.differences([shown], [shown]) == []
