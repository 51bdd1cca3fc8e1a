"""Make the assignments for a class: what students get, and what their teacher keeps.

    python assignments/make.py [--seed 7 | --class class.txt --secret WORD] [--out FOLDER]
    python assignments/make.py [--seed 7] --nbgrader COURSE

Each notebook in this folder is the source of one assignment, with its solutions. Of each come

    student/    the notebook to hand out: gaps, visible tests, the data of one variant
    source/     the same with solutions and hidden tests, which grading needs
    solution/   that one, executed, to look at
    rubric/     points, what to look for, model answers
    key/        the answers in numbers

A cell with the tag `variant` draws data from SEED. It is run here, and in the notebooks its results
stand in its place, as literals. With a class (a text file, one name a line) everybody gets a
variant: the seed is made of the name and a secret of the course, so that no student can make it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any
from unicodedata import normalize

import nbformat
import numpy as np
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).parent
OUT = HERE.parent / "_build" / "assignments"
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"  # as nbgrader writes it
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?^ *### END SOLUTION$", re.DOTALL | re.MULTILINE)
HIDDEN = re.compile(r"\n?^ *### BEGIN HIDDEN TESTS\n.*?^ *### END HIDDEN TESTS$", re.DOTALL | re.M)


def sources() -> list[Path]:
    """Return the sources of the assignments, in their order."""
    return sorted(HERE.glob("[0-9]*.ipynb"))


def read(path: Path) -> NotebookNode:
    """Return the source of an assignment."""
    return nbformat.read(path, as_version=4)


def marks_of(cell: NotebookNode) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell."""
    return cell.metadata.get("nbgrader", {})


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Say whether a cell has a tag."""
    return tag in cell.metadata.get("tags", [])


def seed_of(name: str, secret: str) -> int:
    """Return the seed of a student: SHA-256 of the secret and the name, in 32 bits."""
    return int.from_bytes(hashlib.sha256(f"{secret}\0{name}".encode()).digest()[:4], "big")


# --- variants -------------------------------------------------------------------------------------


def literal(value: Any) -> str:
    """Return the code that makes a value: numbers, and arrays of them, a row on each line."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        rows = "".join(f"    {row},\n" for row in value.tolist())
        return f"np.array([\n{rows}])"
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()})"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"a variant: expected numbers and arrays, received {value!r}")


def drawn(cell: NotebookNode, seed: int) -> dict[str, Any]:
    """Run a variant's cell; return what it draws: the names that begin with no underscore."""
    names: dict[str, Any] = {"np": np}
    if not cell.source.startswith("SEED = 0\n"):
        raise ValueError("a variant: expected SEED = 0 as its first line")
    exec(cell.source.replace("SEED = 0", f"SEED = {seed}", 1), names)
    own = {name: v for name, v in names.items() if not name.startswith("_")}
    return {name: v for name, v in own.items() if name not in ("np", "SEED", "rng")}


def with_variant(notebook: NotebookNode, seed: int) -> NotebookNode:
    """Return the notebook with the data of a seed, as literals, where it drew them."""
    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        if has_tag(cell, "variant"):
            lines = ["# Your data. Leave them as they are: your answers are marked with these."]
            lines += [f"{name} = {literal(value)}" for name, value in drawn(cell, seed).items()]
            cell.source = "\n".join(lines)
            cell.metadata.pop("tags")
    return notebook


# --- the forms ------------------------------------------------------------------------------------


def without_rubric(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook without the cells that are for the teacher's rubric."""
    notebook = deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if not has_tag(cell, "rubric")]
    return notebook


def for_students(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with gaps in place of solutions, and without hidden tests."""
    notebook = without_rubric(notebook)
    notebook.metadata.pop("lossbook", None)
    for cell in notebook.cells:
        marks = marks_of(cell)
        if marks.get("solution"):
            if cell.cell_type == "markdown":
                cell.source = "YOUR ANSWER HERE"
            else:
                cell.source = SOLUTION.sub(stub, cell.source)
        elif marks.get("grade"):
            cell.source = HIDDEN.sub("", cell.source)
        if marks:  # nobody deletes or edits by accident what grading looks for
            cell.metadata["deletable"] = False
        if marks.get("locked"):
            cell.metadata["editable"] = False
    return notebook


def stub(match: re.Match[str]) -> str:
    """Return the gap for a solution, indented as it was."""
    return "\n".join(match[1] + line for line in STUB.splitlines())


def executed(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with its outputs; an error in a solution is raised."""
    notebook = without_rubric(notebook)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook


def answers(notebook: NotebookNode) -> dict[str, Any]:
    """Return the answers in numbers, computed by the solutions."""
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not marks_of(cell).get("grade"):
            exec(cell.source, names)
    asked = notebook.metadata.get("lossbook", {}).get("answers", [])
    return {name: np.asarray(names[name]).tolist() for name in asked}


def rubric(notebook: NotebookNode) -> str:
    """Return what the teacher reads beside the submissions, in Markdown."""
    title = notebook.cells[0].source.splitlines()[0].lstrip("# ")
    graded = [cell for cell in notebook.cells if marks_of(cell).get("grade")]
    lines = [f"# Rubric: {title}", "", "| question | points | marked |", "|:--|--:|:--|"]
    for cell in graded:
        how = "by hand" if marks_of(cell)["solution"] else "by the tests"
        lines.append(f"| {marks_of(cell)['grade_id']} | {marks_of(cell)['points']} | {how} |")
    total = sum(marks_of(cell)["points"] for cell in graded)
    lines += [f"| **in all** | **{total}** | |", ""]
    for cell in notebook.cells:
        marks = marks_of(cell)
        if cell.cell_type == "markdown" and (
            has_tag(cell, "rubric") or "## Question" in cell.source
        ):
            lines += [cell.source, ""]
        elif marks.get("solution") and cell.cell_type == "code":
            lines += ["Model answer:", "", "```python", bare(cell.source), "```", ""]
        elif marks.get("solution"):
            lines += ["Model answer:", "", cell.source, ""]
        elif marks.get("grade"):
            lines += ["Tested by:", "", "```python", bare(cell.source), "```", ""]
    return "\n".join(lines)


def bare(source: str) -> str:
    """Return code without the marks for nbgrader."""
    return re.sub(r"^ *### (BEGIN|END) .*\n?", "", source, flags=re.MULTILINE).strip("\n")


# --- a class --------------------------------------------------------------------------------------


def write(out: Path, folder: str, name: str, content: str) -> None:
    """Write one file of the folder it belongs to."""
    path = out / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def make(out: Path, seeds: dict[str, int], *, execute: bool = True) -> None:
    """Make every assignment for every seed; a seed's name follows the assignment's in the files."""
    for path in sources():
        source = read(path)
        write(out, "rubric", f"{path.stem}.md", rubric(source))
        for name, seed in seeds.items():
            own = with_variant(source, seed)
            stem = f"{path.stem}-{name}" if name else path.stem
            write(out, "student", f"{stem}.ipynb", nbformat.writes(for_students(own)) + "\n")
            write(out, "source", f"{stem}.ipynb", nbformat.writes(without_rubric(own)) + "\n")
            write(out, "key", f"{stem}.json", json.dumps(answers(own), indent=1) + "\n")
            if execute:
                write(out, "solution", f"{stem}.ipynb", nbformat.writes(executed(own)) + "\n")


def make_course(course: Path, seed: int) -> None:
    """Make a course of nbgrader's, with the same variant for everybody."""
    write(course, ".", "nbgrader_config.py", (HERE / "nbgrader_config.py").read_text("utf-8"))
    for path in sources():
        notebook = without_rubric(with_variant(read(path), seed))
        write(course, f"source/{path.stem}", path.name, nbformat.writes(notebook) + "\n")


def class_list(path: Path, secret: str) -> dict[str, int]:
    """Return the seed of each name in a text file, one a line; refuse names that clash."""
    text = normalize("NFC", path.read_text(encoding="utf-8-sig"))  # é is one sign, or two
    seeds: dict[str, int] = {}
    taken: dict[str, str] = {}
    for name in filter(None, map(str.strip, text.splitlines())):
        label = re.sub(r"[^\w-]+", "_", name)
        file = label.casefold()  # on some systems ada and Ada are one
        if file in taken:
            raise ValueError(
                f"{path}: expected names that differ in letters and digits, "
                f"received {taken[file]!r} and {name!r}"
            )
        taken[file], seeds[label] = name, seed_of(name, secret)
    if not seeds:
        raise ValueError(f"{path}: expected a name on each line, received none")
    return seeds


def main(arguments: list[str] | None = None) -> None:
    """Make what the command line asks for."""
    parser = argparse.ArgumentParser(description="Make the assignments for a class.")
    parser.add_argument("--seed", type=int, default=0, help="one variant, for everybody (0)")
    parser.add_argument("--class", dest="names", type=Path, help="a file with a name on each line")
    parser.add_argument("--secret", help="a word that students do not know; needed with --class")
    parser.add_argument("--out", type=Path, default=OUT, help="where to")
    parser.add_argument("--nbgrader", type=Path, help="make a course of nbgrader's in this folder")
    parser.add_argument("--no-execute", action="store_true", help="leave solution/ out")
    given = parser.parse_args(arguments)
    if given.names and not given.secret:
        parser.error("--class: expected --secret, too; without it a student can make every key")
    if given.nbgrader:
        make_course(given.nbgrader, given.seed)
        print(f"{len(sources())} assignments, as nbgrader has them: {given.nbgrader}")
        return
    seeds = class_list(given.names, given.secret) if given.names else {"": given.seed}
    make(given.out, seeds, execute=not given.no_execute)
    print(f"{len(sources())} assignments for {len(seeds)}: {given.out}")


if __name__ == "__main__":
    main()
