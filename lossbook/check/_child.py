"""The process in which a submission runs, away from the right answers: see `sandbox.py`.

It reads requests from its standard input and answers on its standard output. The submission itself
gets neither: its output goes nowhere, and its input is empty.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
import traceback
from typing import Any, BinaryIO

import numpy as np

from lossbook.check._cells import libraries, python_only
from lossbook.check._wire import LONGEST, line, pack, unpack


class Child:
    """A namespace for the submission, and the objects of it that only a handle is known of."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self.requests, self.answers = requests, answers
        self.names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
        self.names["display"] = lambda *_, **__: None  # Jupyter's
        self.kept: dict[int, Any] = {}
        self.numbers = itertools.count()

    def say(self, message: dict[str, Any]) -> None:
        said = line(message)
        if len(said) > LONGEST:
            raise ValueError(f"the result is too large: {len(said)} bytes, at most {LONGEST}")
        self.answers.write(said)
        self.answers.flush()

    def keep(self, value: Any) -> dict[str, Any]:
        number = next(self.numbers)
        self.kept[number] = value
        kind = "function" if callable(value) else "object"
        return {kind: number, "name": type(value).__name__[:80]}

    def handle(self, said: dict[str, Any]) -> Any:
        if "handle" in said:
            return self.kept[said["handle"]]
        number, name = said["callback"], said["name"]

        def callback(*arguments: Any) -> Any:
            packed = [pack(argument, self.keep) for argument in arguments]
            self.say({"callback": number, "arguments": packed})
            answer = json.loads(self.requests.readline())
            if "error" in answer:
                raise RuntimeError(answer["error"])
            return unpack(answer["result"], self.handle)

        callback.__name__ = name
        return callback

    def hello(self) -> dict[str, Any]:
        return {"result": True}

    def libraries(self, cells: list[str]) -> dict[str, Any]:
        return {"result": pack(libraries(cells), self.keep)}

    def run(self, cell: str) -> dict[str, Any]:
        try:
            code = compile(cell, "<cell>", "exec")
        except SyntaxError:
            code = compile(python_only(cell), "<cell>", "exec")
        exec(code, self.names)
        return {"result": None}

    def get(self, name: str) -> dict[str, Any]:
        return {"result": pack(self.names[name], self.keep)} if name in self.names else {}

    def call(self, number: int, arguments: list[Any], keywords: list[str]) -> dict[str, Any]:
        """Call a function; the last arguments are those of the keywords."""
        given = [unpack(argument, self.handle) for argument in arguments]
        before = [a.copy() if isinstance(a, np.ndarray) else None for a in given]
        plain = len(given) - len(keywords)
        named = dict(zip(keywords, given[plain:], strict=True))
        result = pack(self.kept[number](*given[:plain], **named), self.keep)
        changed = [
            pack(after, self.keep)
            if was is not None and not np.array_equal(was, after, True)
            else 0
            for was, after in zip(before, given, strict=True)
        ]
        return {"result": result, "changed": changed}

    def serve(self) -> None:
        for request in iter(self.requests.readline, b""):
            asked = json.loads(request)
            try:
                answer = getattr(self, asked.pop("do"))(**asked)
                self.say(answer)
            except BaseException as error:  # also SystemExit and KeyboardInterrupt
                self.say(explain(error))


def explain(error: BaseException) -> dict[str, Any]:
    """Return the kind, the message and the line of what a submission raised."""
    try:
        message = str(error)[:500]
    except Exception:
        message = ""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == "<cell>"]
    if isinstance(error, SyntaxError):
        lines.append(error.lineno)
    return {"error": type(error).__name__, "message": message, "line": lines[-1] if lines else None}


def limit(memory: int, seconds: int) -> None:
    """Let the system refuse more memory, core dumps and large files, where it can.

    The limit of processor time ends what goes on when nobody is there any more to end it.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {"AS": memory, "CORE": 0, "FSIZE": 2**26, "CPU": seconds}
    for what, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{what}")
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS has not all of them
            resource.setrlimit(kind, (most, most))


def main() -> None:
    """Take the two ends of the conversation away from the submission, then serve."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for end in (0, 1, 2):
        os.dup2(nowhere, end)
    limit(int(sys.argv[1]), int(sys.argv[2]))
    Child(requests, answers).serve()


if __name__ == "__main__":
    main()
