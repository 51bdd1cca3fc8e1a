"""Make the marks of submitted notebooks: python -m lossbook.check SOURCE SUBMISSION..."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Any

from lossbook.check.grading import Marks, grade, read, table, tidy


def main(arguments: list[str] | None = None) -> int:
    """Grade each submission; return 0 where all could be graded, else 2."""
    parser = argparse.ArgumentParser(prog="python -m lossbook.check", description=__doc__)
    parser.add_argument(
        "source", type=Path, help="the teacher's notebook, or a folder with one for each"
    )
    parser.add_argument("submission", type=Path, nargs="+", help="a student's notebook")
    parser.add_argument("--csv", type=Path, help="write the marks to this file, too")
    parser.add_argument("--seconds", type=_positive, default=10.0, help="for a cell or a test (10)")
    parser.add_argument("--memory", type=_positive, default=2.0, help="in GiB, for each (2)")
    given = parser.parse_args(arguments)
    if not given.source.exists():
        parser.error(f"{given.source}: no such file or folder")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not have every sign
            stream.reconfigure(errors="backslashreplace")
    limits: dict[str, Any] = {"seconds": given.seconds, "memory": int(given.memory * 2**30)}
    if given.source.is_file():
        _warn_of(given.source, limits)
    marked: list[Marks] = []
    ungraded = 0
    for path in given.submission:
        source = given.source / path.name if given.source.is_dir() else given.source
        name = tidy(path.stem, 200)
        try:
            teachers, students = read(source), read(path)
            marked.append(grade(students, teachers, name=name, **limits))
            print(marked[-1], flush=True)
        except Exception as error:  # whatever it is, the others are graded
            ungraded += 1
            words = str(error) if isinstance(error, OSError | ValueError) else repr(error)
            marked.append(Marks(name, (), (tidy(f"not graded: {words}", 200),)))
            print(f"{name}: {tidy(words, 400)}", file=sys.stderr)
    if given.csv:
        given.csv.write_text(table(marked), encoding="utf-8")
    return 2 if ungraded else 0


def _warn_of(path: Path, limits: dict[str, Any]) -> None:
    """Say where the solutions of a source do not earn its points: nobody could."""
    try:
        marks = grade(read(path), read(path), name=f"{path}: its own solutions", **limits)
    except ValueError:
        return  # which each submission says
    if marks.total < marks.maximum:
        print(f"Mend the source first.\n{marks}", file=sys.stderr)


def _positive(word: str) -> float:
    number = float(word)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, received {word}")
    return number


if __name__ == "__main__":
    sys.exit(main())
