"""Which faults are put into a module: mutmut's, of the kinds in OPERATORS, wherever they can be.

mutmut's own command leaves out what is not in a function, so only its operators are taken. Not
touched are docstrings, messages, annotations and imports. Left out are also mutmut's operators that
put None in the place of a value: nearly every test sees those, and they would flatter the share.
"""

from __future__ import annotations

import ast
import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import libcst as cst
from mutmut.mutation import mutators


def other_number(node: cst.BaseNumber) -> Iterator[cst.BaseExpression]:
    """Turn the sign, and make it a thousand times as large: mutmut adds 1."""
    value = node.evaluated_value
    for other in (-value, 1000 * value) if value else (-1,):
        yield cst.parse_expression(f"({other!r})" if other < 0 else repr(other))


def without_keyword(node: cst.Call) -> Iterator[cst.Call]:
    """Leave out an argument that is given by name: axis=0, at_least=0, copy=False."""
    for i, argument in enumerate(node.args):
        if argument.keyword is not None:
            yield node.with_changes(args=[*node.args[:i], *node.args[i + 1 :]])


def without_decorator(node: cst.FunctionDef) -> Iterator[cst.FunctionDef]:
    """Leave out one decorator of a function."""
    for i in range(len(node.decorators)):
        yield node.with_changes(decorators=[*node.decorators[:i], *node.decorators[i + 1 :]])


OPERATORS: list[tuple[Any, Callable[[Any], Iterable[cst.CSTNode]]]] = [
    (cst.BaseNumber, mutators.operator_number),  # n + 1
    (cst.BaseNumber, other_number),
    (cst.Name, mutators.operator_name),  # True and False
    (cst.UnaryOperation, mutators.operator_remove_unary_ops),  # not, ~
    (cst.CSTNode, mutators.operator_swap_op),  # + and -, * and /, < and <=, and and or, ...
    (cst.CSTNode, mutators.operator_keywords),  # is and is not, in and not in, break, continue
    (cst.AugAssign, mutators.operator_augmented_assignment),  # = for +=
    (cst.IfExp, mutators.operator_if_exp),  # always one branch, always the other
    (cst.If, mutators.operator_if_exp),
    (cst.Call, without_keyword),
    (cst.FunctionDef, without_decorator),
]

NOT_TOUCHED = (cst.Annotation, cst.Raise, cst.Import, cst.ImportFrom, cst.FormattedString)
WITHOUT_EFFECT = {"TypeVar", "cast", "overload", "Peers"}  # for types, or for the API page


@dataclass(frozen=True)
class Mutant:
    """One fault: where it is, the lines before and after, and the whole text with it."""

    path: Path
    line: int
    operator: str
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} ({self.operator})\n  - {self.before}\n  + {self.after}"

    def functions(self) -> set[tuple[str, int]]:
        """Return the functions in whose body it is, as (file, first line)."""
        return {
            (str(self.path), first)
            for first, body, end in _bodies(self.path)
            if body <= self.line <= end
        }


@cache
def _bodies(path: Path) -> list[tuple[int, int, int]]:
    """Return of each function of a file its first line, and the first and the last of its body."""
    return [
        (
            min(part.lineno for part in (node, *node.decorator_list)),
            node.body[0].lineno,
            node.end_lineno or 0,
        )
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


class _Places(cst.CSTVisitor):
    """Collects the nodes of a module that can be changed, and into what."""

    def __init__(self) -> None:
        self.found: list[tuple[cst.CSTNode, cst.CSTNode, str]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, NOT_TOUCHED):
            return False
        if isinstance(node, cst.Call) and getattr(node.func, "value", "") in WITHOUT_EFFECT:
            return False
        if isinstance(node, cst.FunctionDef) and any(
            getattr(each.decorator, "value", "") in WITHOUT_EFFECT for each in node.decorators
        ):
            return False
        for kind, operator in OPERATORS:
            if isinstance(node, kind):
                name = operator.__name__.removeprefix("operator_")
                self.found += [(node, changed, name) for changed in operator(node)]
        return True


def mutants_of(path: Path) -> list[Callable[[], Mutant]]:
    """Return what makes each mutant of a file: to make them all takes a while."""
    module = cst.parse_module(path.read_text(encoding="utf-8"))
    places = _Places()
    module.visit(places)

    def make(node: cst.CSTNode, changed: cst.CSTNode, operator: str) -> Mutant:
        source = module.deep_replace(node, changed).code  # type: ignore[union-attr]
        old, new = module.code.splitlines(), source.splitlines()
        first = _same(old, new)
        last = min(_same(old[::-1], new[::-1]), len(old) - first - 1, len(new) - first)
        before, after = (
            " ".join(text.strip() for text in lines[first : len(lines) - last])
            for lines in (old, new)
        )
        return Mutant(path, first + 1, operator, before, after, source)

    return [lambda place=place: make(*place) for place in places.found]  # type: ignore[misc]


def _same(old: list[str], new: list[str]) -> int:
    """Return how many lines are the same before the first that differs."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(old), len(new)))


def draw(files: list[Path], n: int, seed: int) -> tuple[list[Mutant], int]:
    """Draw n mutants, of each file in proportion to what it has; say, too, how many there are."""
    every = {path: mutants_of(path) for path in files}
    total = sum(map(len, every.values()))
    shares = {path: min(n / total, 1) * len(found) for path, found in every.items()}
    sizes = {path: math.floor(share) for path, share in shares.items()}
    nearly = sorted(files, key=lambda path: sizes[path] - shares[path])
    for path in nearly[: min(n, total) - sum(sizes.values())]:
        sizes[path] += 1
    rng = random.Random(seed)
    return [make() for path in files for make in rng.sample(every[path], sizes[path])], total
