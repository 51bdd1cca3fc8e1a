"""Make the marks of submitted notebooks: python -m lossbook.check SOURCE SUBMISSION..."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lossbook.check.grading import Marks, grade, read, table


def main(arguments: list[str] | None = None) -> int:
    """Grade each submission; return 0 where all could be read, else 2."""
    parser = argparse.ArgumentParser(prog="python -m lossbook.check", description=__doc__)
    parser.add_argument(
        "source", type=Path, help="the teacher's notebook, or a folder with one for each"
    )
    parser.add_argument("submission", type=Path, nargs="+", help="a student's notebook")
    parser.add_argument("--csv", type=Path, help="write the marks to this file, too")
    parser.add_argument("--seconds", type=float, default=10.0, help="for a cell or a call (10)")
    parser.add_argument("--memory", type=float, default=2.0, help="in GiB, for each (2)")
    given = parser.parse_args(arguments)
    if not given.source.exists():
        parser.error(f"{given.source}: no such file or folder")
    marked: list[Marks] = []
    unread = []
    for path in given.submission:
        source = given.source / path.name if given.source.is_dir() else given.source
        try:
            teachers, students = read(source), read(path)
        except (OSError, ValueError) as error:
            print(error, file=sys.stderr)
            unread.append(path)
            continue
        limits = {"seconds": given.seconds, "memory": int(given.memory * 2**30)}
        marked.append(grade(students, teachers, name=path.stem, **limits))
        print(marked[-1], flush=True)
    if given.csv:
        given.csv.write_text(table(marked), encoding="utf-8")
    return 2 if unread else 0


if __name__ == "__main__":
    sys.exit(main())
