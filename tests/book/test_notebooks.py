"""The stored notebooks are fresh and in normal form, and the check that says so can fail."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_ext"))
import notebooks

import lossbook as lb


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_notebook_is_fresh_and_normal(path):
    assert notebooks.problems(path) == []


def test_there_are_notebooks():
    assert len(notebooks.paths()) >= 2


@pytest.fixture
def stored(tmp_path):
    """Return a small notebook, executed and stored as `make notebooks` stores one."""
    cells = [
        nbformat.v4.new_markdown_cell("text", id="text"),
        nbformat.v4.new_code_cell("print(1 + 1)", id="sum"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebooks.execute(notebook, tmp_path)
    notebooks.normalise(notebook)
    path = tmp_path / "small.ipynb"
    path.write_text(notebooks.text(notebook), encoding="utf-8")
    return path


def change(path, edit):
    notebook = notebooks.read(path)
    edit(notebook)
    path.write_text(notebooks.text(notebook), encoding="utf-8")


def test_what_make_notebooks_stores_passes(stored):
    assert notebooks.problems(stored) == []
    assert "2\n" in notebooks.read(stored).cells[1].outputs[0].text


def edit_code(notebook):
    notebook.cells[1].source = "print(1 + 2)"


def strip_count(notebook):
    notebook.cells[1].execution_count = None


def add_metadata(notebook):
    notebook.cells[1].metadata["collapsed"] = True


def warn(notebook):
    output = nbformat.v4.new_output("stream", name="stderr", text="a warning\n")
    notebook.cells[1].outputs.append(output)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (edit_code, "stale"),
        (strip_count, "not compared"),
        (add_metadata, "normal form"),
        (warn, "stderr"),
    ],
)
def test_each_problem_is_seen(stored, edit, said):
    change(stored, edit)
    assert any(said in problem for problem in notebooks.problems(stored))


def test_what_chapter_14_shows_of_pytorch_runs():
    pytest.importorskip("torch")
    chapter = notebooks.read(notebooks.BOOK / "14-scaling.ipynb")
    (shown,) = (cell.source for cell in chapter.cells if cell.id == "gpu")
    (code,) = re.findall(r"```python\n(.*?)```", shown, re.DOTALL)
    assert "import torch" in code and "assert torch.allclose" in code
    exec(code, {"lb": lb})
