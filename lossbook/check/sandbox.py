"""Run a submission in a process of its own, with a limit of time and of memory.

The process runs the submission's cells. The checks and the right answers stay in this process,
which asks the other one for the value of a name or the result of a call; so a submission that
changes NumPy or lossbook changes only what it answers itself.

What this does not protect against: it is a process with limits, not a container. It runs as the
user who grades, so a submission can

- read and write that user's files: other submissions, the teacher's sources and answers, a
  gradebook, the installed lossbook itself;
- use the network, and disturb or look into other processes of that user;
- start many processes, each with its own limit of memory, and leave one behind in another session;
- fill the disk with many files, each of at most 64 MB;
- give the right answers without having written them, by calling lossbook or a library like it; the
  grader flags what it sees of that, and does not see everything.

Where the system has no limits of memory (Windows, and macOS in part), only time is limited; and
root may lift the limits again. Against people who try these things, grade as another user, in a
container without network, or read the submissions.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import site
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import numpy as np

import lossbook
from lossbook.check._process import Process
from lossbook.check._wire import LONGEST, line, pack, unpack

STARTING = 60.0  # seconds; Python and NumPy are slow to start on a busy machine
# What Python itself needs of the environment. The rest, such as a token, is nobody's business.
ENVIRONMENT = {
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "PYTHONHOME"),
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
}


class SubmissionError(Exception):
    """A submission raised an error of its own kind, ran out of time, or ended its process."""


class Handle:
    """An object that stays with the submission."""

    def __init__(self, sandbox: Sandbox, number: int, name: str) -> None:
        self._sandbox, self._number, self._life = sandbox, number, sandbox.lives
        self.__name__ = name

    def __repr__(self) -> str:
        return f"<{self.__name__} of the submission>"


class Function(Handle):
    """A function of the submission."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Run it over there."""
        return self._sandbox.call(self, arguments, keywords)


class Sandbox:
    r"""The process of one submission.

    Parameters
    ----------
    cells : sequence of str
        The submission's code, cell by cell, in the order of the notebook. After a cell that raises
        the next one runs; one that never ends or ends the process is left out, and the process
        begins anew.
    seconds : float
        How long a cell, or a call, may take; after :meth:`turn`, all calls until the next turn.
        All that the submission does may take 20 times as long.
    memory : int
        How many bytes the process may have, where the system can limit that.

    Attributes
    ----------
    problems : dict
        What went wrong in a cell, by its position.
    libraries : list of list of str, or None
        What each cell uses, see `_cells.py`; None where the code could not be read.

    Examples
    --------
    >>> from lossbook.check.sandbox import Sandbox
    >>> with Sandbox(["def double(x):\n    return 2 * x"]) as submission:
    ...     submission["double"](21)
    42
    """

    def __init__(
        self, cells: Sequence[str], *, seconds: float = 10.0, memory: int = 2 * 2**30
    ) -> None:
        self.cells, self.seconds, self.memory = list(cells), seconds, memory
        self.problems: dict[int, str] = {}
        self.libraries: list[list[str]] | None = None
        self.lives = 0  # how often the process was started
        self._total = self._left = 20 * seconds  # for all that it does
        self._turn = float("inf")  # what is left for calls in this turn
        self._deadly: set[int] = set()
        self._process: Process | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Sandbox:
        try:
            self._launch()
            try:  # while none of its code has run
                answer = self._ask({"do": "libraries", "cells": self.cells}, self.seconds)
                self.libraries = self._received(answer["result"])
            except Exception:  # it takes too much time or memory, and leaves a process without
                self._launch()
            self._start()
        except BaseException:  # nobody else would end the process
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def turn(self) -> None:
        """Begin a turn: all calls in it have the seconds that otherwise each of them has."""
        self._turn = self.seconds

    def __getitem__(self, name: str) -> Any:
        """Return the value of a name; raise KeyError where the submission has none."""
        self._be_there()
        answer = self._asked({"do": "get", "name": name})
        if "result" not in answer:
            raise KeyError(name)
        value = self._received(answer["result"])
        if isinstance(value, Function):
            value.__name__ = name  # under which it is found again, whatever it calls itself
        return value

    def call(
        self, function: Function, arguments: Sequence[Any], keywords: dict[str, Any] | None = None
    ) -> Any:
        """Call a function of the submission; what it changes in an array is changed here, too."""
        if function._life != self.lives or self._process is None:
            self._find_again(function)
        callbacks: list[Any] = []
        names = list(keywords or {})
        given = [*arguments, *(keywords or {}).values()]
        request = {
            "do": "call",
            "number": function._number,
            "arguments": [pack(value, lambda v: self._kept(v, callbacks)) for value in given],
            "keywords": names,
        }
        answer = self._asked(request, callbacks)
        with contextlib.suppress(TypeError, ValueError):  # not in the shape that was sent
            for argument, after in zip(given, answer.get("changed", ()), strict=False):
                if after and isinstance(argument, np.ndarray):
                    argument[...] = self._received(after)
        return self._received(answer.get("result", {}))

    # --- the process --------------------------------------------------------------------------

    def _start(self) -> None:
        """Run the cells, but for those that end the process, as long as there is time."""
        while not self._cells_run() and self._left > 0:
            self._launch()

    def _cells_run(self) -> bool:
        """Run the cells; return False where one of them has ended the process."""
        for position, cell in enumerate(self.cells):
            if position in self._deadly:
                continue
            try:
                self._ask({"do": "run", "cell": cell}, self.seconds)
            except Exception as error:
                self.problems[position] = f"{type(error).__name__}: {error}".rstrip(": ")
                if self._process is None:
                    self._deadly.add(position)
                    return False
        return True

    def _launch(self) -> None:
        self._end()
        self._folder = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
        self.lives += 1
        root = str(Path(lossbook.__file__).parents[1])
        environment = {name: value for name, value in os.environ.items() if name in ENVIRONMENT}
        environment |= {
            "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
            "PYTHONUSERBASE": site.getuserbase(),
            "HOME": self._folder.name,
            "MPLBACKEND": "Agg",
        }
        limits = [str(self.memory), str(int(self._total) + 60)]
        command = [sys.executable, "-P", "-m", "lossbook.check._child", *limits]
        self._process = Process(command, folder=self._folder.name, environment=environment)
        try:
            self._ask({"do": "hello"}, STARTING)
        except SubmissionError as error:  # none of its code has run
            raise RuntimeError(f"the process for submissions does not start: {error}") from None

    def _end(self) -> None:
        """End the process and remove its folder, if it has not done so itself."""
        if self._process is not None:
            self._process.end()
        if self._folder is not None:
            with contextlib.suppress(Exception):
                self._folder.cleanup()
        self._process = self._folder = None

    def _be_there(self) -> None:
        """Begin anew where the process has ended."""
        if self._process is None and self._left > 0:
            self._launch()
            self._start()
        if self._process is None:
            raise SubmissionError(f"the submission has used up its {self._total:g} seconds")

    def _find_again(self, function: Function) -> None:
        """Find a function again after the process has begun anew."""
        self._be_there()
        try:
            again = self[function.__name__]
        except KeyError:
            again = None
        if not isinstance(again, Function):
            raise SubmissionError(f"{function.__name__} is gone since the process began anew")
        function._number, function._life = again._number, again._life

    # --- the conversation ---------------------------------------------------------------------

    def _asked(self, request: dict[str, Any], callbacks: Sequence[Any] = ()) -> dict[str, Any]:
        """Ask for something that belongs to a turn."""
        if self._turn <= 0:
            raise SubmissionError(f"no time is left of the {self.seconds:g} seconds for this")
        began = monotonic()
        try:
            return self._ask(request, min(self.seconds, self._turn), callbacks)
        finally:
            self._turn -= monotonic() - began

    def _ask(
        self, request: dict[str, Any], seconds: float, callbacks: Sequence[Any] = ()
    ) -> dict[str, Any]:
        """Send a request, answer the callbacks, return the answer, or raise what was raised."""
        assert self._process is not None
        if self._left <= 0:
            self._fail(f"the submission has used up its {self._total:g} seconds")
        began = monotonic()
        self._process.say(line(request))
        try:
            while "callback" in (answer := self._answer(began + seconds - monotonic(), seconds)):
                self._process.say(line(self._called_back(answer, callbacks)))
        finally:
            self._left -= monotonic() - began
        if "error" in answer:
            raise _raised(answer)
        return answer

    def _answer(self, left: float, seconds: float) -> dict[str, Any]:
        assert self._process is not None
        try:
            said = self._process.hear(left)
        except TimeoutError:
            self._fail(f"no answer within {seconds:.3g} seconds: is there a loop without an end?")
        if not said:
            self._fail("the submission has ended its process, or the system has for want of memory")
        if not said.endswith(b"\n"):
            self._fail(f"the result is too large: more than {LONGEST} bytes")
        try:
            answer = json.loads(said)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            self._fail("the submission has answered in words that are not its own")
        return answer

    def _fail(self, message: str) -> NoReturn:
        self._end()
        raise SubmissionError(message)

    # --- values -------------------------------------------------------------------------------

    def _received(self, said: Any) -> Any:
        try:
            return unpack(said, self._handle)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise SubmissionError(f"an answer that cannot be read: {error}") from None

    def _handle(self, said: dict[str, Any]) -> Handle:
        kind = Function if "function" in said else Handle
        number = said["function" if "function" in said else "object"]
        return kind(self, int(number), str(said["name"])[:80])

    def _kept(self, value: Any, callbacks: list[Any]) -> dict[str, Any]:
        """Return what stands over there for one of its own objects, or for a function of ours."""
        if isinstance(value, Handle):
            if value._life != self.lives:
                raise SubmissionError("the process has begun anew, and the object is gone")
            return {"handle": value._number}
        if not callable(value):
            raise TypeError(f"expected numbers, arrays or functions, received {value!r}")
        callbacks.append(value)
        name = str(getattr(value, "__name__", "function"))
        return {"callback": len(callbacks) - 1, "name": name}

    def _called_back(self, asked: dict[str, Any], callbacks: Sequence[Any]) -> dict[str, Any]:
        try:
            function = callbacks[int(asked["callback"])]
            result = function(*[self._received(argument) for argument in asked["arguments"]])
            return {"result": pack(result, lambda value: self._kept(value, []))}
        except Exception as error:  # it was called with what it cannot take
            return {"error": f"{type(error).__name__}: {error}"}


def _raised(answer: dict[str, Any]) -> Exception:
    """Return the error of the submission: of its own kind where that is one of Python's."""
    kind = getattr(builtins, str(answer.get("error")), None)
    message = str(answer.get("message", ""))[:500]
    if isinstance(answer.get("line"), int):
        message = f"{message} (line {answer['line']})".strip()
    if (
        isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, UnicodeError | BaseExceptionGroup)  # they take more than words
    ):
        return kind(message)
    return SubmissionError(f"{answer.get('error')}: {message}"[:600])
