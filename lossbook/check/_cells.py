"""The code of a notebook's cells: what of it is Python, and which libraries it uses.

To read code is to run Python's parser on it, which can take all the time and memory there is; so
the code of a submission is read where it runs, see `_child.py`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

LIBRARIES = {"lossbook", "sklearn", "keras", "tensorflow", "torch", "jax", "scipy", "importlib"}
EVALUATORS = {"__import__", "eval", "exec"}  # which can use any library unseen

TIMED = re.compile(r"(\s*)%{1,2}time\b\s*(.*)")
MAGIC = re.compile(r"(\s*)([%!].*|\w+\s*=\s*[%!].*|\?{1,2}[\w.]+|[\w.]+\?{1,2}\s*)")


def python_only(cell: str) -> str:
    """Return a cell without what only Jupyter understands.

    A line is left out only where Python stumbles over it: one that begins with a percent sign may
    also be the second half of an expression.
    """
    rows = cell.split("\n")
    for _ in rows:
        try:
            ast.parse("\n".join(rows))
        except SyntaxError as error:
            at = (error.lineno or 0) - 1
            if not 0 <= at < len(rows):
                break
            if timed := TIMED.fullmatch(rows[at]):
                rows[at] = timed[1] + (timed[2] or "pass")
            elif magic := MAGIC.fullmatch(rows[at]):
                rows[at] = magic[1] + "pass"
            else:
                break
        except (ValueError, RecursionError, MemoryError):
            break
        else:
            break
    return "\n".join(rows)


def libraries(cells: Sequence[str]) -> list[list[str]]:
    """Return for each cell which libraries it uses, by the names that any cell imports."""
    trees = [_parsed(cell) for cell in cells]
    names = {name: name for name in EVALUATORS}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.partition(".")[0]] = alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    names[alias.asname or alias.name] = node.module or ""
    return [sorted(set(_used(tree, names)) & (LIBRARIES | EVALUATORS)) for tree in trees]


def _used(tree: ast.AST, names: dict[str, str]) -> list[str]:
    used = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in names:
            used.append(names[node.id])
        elif isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            used.append(node.module or "")
    return [name.partition(".")[0] for name in used]


def _parsed(cell: str) -> ast.AST:
    try:
        return ast.parse(python_only(cell))
    except (SyntaxError, ValueError, RecursionError):
        return ast.Module([], [])
