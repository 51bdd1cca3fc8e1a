"""No result is typed into the prose: a number there is computed, or stands in code that runs.

Numbers that a reader would take for a result (with a decimal point, a per cent sign, or at least
three digits) have to occur in a code cell of the same notebook, where an assertion or the data give
them. Formulas, code, links and years are left out.
"""

import re
import sys
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_ext"))
import notebooks

NOT_PROSE = re.compile(
    r"""
    ```\{(?:code|math).*?```      # blocks of code and of maths
    | \$\$.*?\$\$ | \$[^$]*\$     # formulas
    | `[^`\n]*`                   # code, and the targets of references
    | \]\([^)]*\)                 # addresses of links
    | ^\([\w-]+\)=$               # labels
    | ^:[\w-]+:.*$                # options of a directive
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
NUMBER = re.compile(r"(?<![\w.,-])[−-]?\d[\d,]*(?:\.\d+)?(?:e[−-]?\d+)?(?:\s?%)?")
YEAR = re.compile(r"1[789]\d\d|20\d\d")


def typed_results(text):
    """Return the numbers in a Markdown text that look like results."""
    found = []
    for match in NUMBER.findall(NOT_PROSE.sub(" ", text)):
        number = match.strip().rstrip(",")
        digits = re.sub(r"\D", "", number)
        looks_like_one = "." in number or "%" in number or "e" in number or len(digits) >= 3
        if looks_like_one and not YEAR.fullmatch(number):
            found.append(number)
    return found


def unsupported(notebook):
    """Return the numbers in the prose that no code cell has."""
    code = "\n".join(cell.source for cell in notebooks.code_cells(notebook)).replace("_", "")
    known = {float(number) for number in re.findall(r"\d+\.?\d*(?:e-?\d+)?|\.\d+", code)}
    missing = []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for number in typed_results(cell.source):
            value = float(re.sub(r"[,%\s]", "", number).lstrip("−-").replace("−", "-"))
            if not {value, round(value / 100, 12)} & known:
                missing.append(f"{cell.id}: {number}")
    return missing


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_no_result_is_typed_by_hand(path):
    assert unsupported(notebooks.read(path)) == []


@pytest.mark.parametrize(
    "text",
    ["The loss falls to 0.73.", "It was right in 95 % of the cases", "after 1,797 steps", "1e-7"],
)
def test_the_check_sees_a_typed_result(text):
    cells = [nbformat.v4.new_markdown_cell(text), nbformat.v4.new_code_cell("print(2)")]
    assert len(unsupported(nbformat.v4.new_notebook(cells=cells))) == 1


@pytest.mark.parametrize(
    "text",
    ["Huber (1964)", "$x = 0.25$", "the 10 digits", "`rate=0.125`", "see [here](a-0.5.html)"],
)
def test_the_check_leaves_the_rest_alone(text):
    assert typed_results(text) == []
