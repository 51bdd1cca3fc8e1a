"""Run a submission in a process of its own, with a limit of time and of memory.

The process runs the submission's cells. The checks and the right answers stay in this process,
which asks the other one for the value of a name or the result of a call; so a submission that
changes NumPy or lossbook changes only what it answers itself.

What this does not protect against: it is a process with limits, not a container. A submission can
read and write what its user can, use the network, disturb other processes of that user, leave a
process of its own behind in another session, and fill the disk with many files. It can give the
right answers without having written them, by calling lossbook; the grader flags that. Where the
system has no limits of memory (Windows), only time is limited, and root may lift the limits again.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

import lossbook
from lossbook.check._wire import LONGEST, line, pack, unpack


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

    def __call__(self, *arguments: Any) -> Any:
        """Run it over there."""
        return self._sandbox.call(self, arguments)


class Sandbox:
    r"""The process of one submission.

    Parameters
    ----------
    cells : sequence of str
        The submission's code, cell by cell, in the order of the notebook. After a cell that raises
        the next one runs; one that never ends or ends the process is left out, and the process
        begins anew.
    seconds : float
        How long a cell, or a call, may take.
    memory : int
        How many bytes the process may have, where the system can limit that.

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
        self.cells = [_python_only(cell) for cell in cells]
        self.seconds, self.memory = seconds, memory
        self.problems: dict[int, str] = {}  # what went wrong in a cell, by its position
        self.lives = 0  # how often the process was started
        self._deadly: set[int] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)

    def __enter__(self) -> Sandbox:
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._folder.cleanup()

    def __getitem__(self, name: str) -> Any:
        """Return the value of a name; raise KeyError where the submission has none."""
        answer = self._ask({"do": "get", "name": name})
        if "result" not in answer:
            raise KeyError(name)
        value = self._received(answer["result"])
        if isinstance(value, Function):
            value.__name__ = name  # under which it is found again, whatever it calls itself
        return value

    def call(self, function: Function, arguments: Sequence[Any]) -> Any:
        """Call a function of the submission; what it changes in an array is changed here, too."""
        if function._life != self.lives or self._process is None:
            self._revive(function)
        callbacks: list[Any] = []
        packed = [
            pack(argument, lambda value: self._kept(value, callbacks)) for argument in arguments
        ]
        request = {"do": "call", "number": function._number, "arguments": packed}
        answer = self._ask(request, callbacks)
        with contextlib.suppress(TypeError, ValueError):  # not in the shape that was sent
            for argument, after in zip(arguments, answer.get("changed", ()), strict=False):
                if after and isinstance(argument, np.ndarray):
                    argument[...] = self._received(after)
        return self._received(answer.get("result", {}))

    # --- the process --------------------------------------------------------------------------

    def _start(self) -> None:
        """Start the process and run the cells in it, but for those that have ended it before."""
        self._launch()
        position = 0
        while position < len(self.cells):
            if position not in self._deadly:
                try:
                    self._ask({"do": "run", "cell": self.cells[position]})
                except Exception as error:
                    self.problems[position] = f"{type(error).__name__}: {error}"
                    if self._process is None:
                        self._deadly.add(position)
                        return self._start()
            position += 1
        return None

    def _launch(self) -> None:
        self.lives += 1
        root = str(Path(lossbook.__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "lossbook.check._child", str(self.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env={**os.environ, "PYTHONPATH": path, "MPLBACKEND": "Agg"},
            start_new_session=True,
        )
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_listen, args=(self._process, self._lines), daemon=True).start()

    def _end(self) -> None:
        """Kill the process and its children."""
        process, self._process = self._process, None
        if process is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for end in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                if end:
                    end.close()

    def _revive(self, function: Function) -> None:
        """Find a function again after the process has begun anew."""
        if self._process is None:
            self._start()
        again = self[function.__name__]
        if not isinstance(again, Function):
            raise SubmissionError(f"{function.__name__} is gone since the process began anew")
        function._number, function._life = again._number, again._life

    def _ask(self, request: dict[str, Any], callbacks: Sequence[Any] = ()) -> dict[str, Any]:
        """Send a request, answer the callbacks, return the answer, or raise what was raised."""
        if self._process is None:
            self._start()
        deadline = monotonic() + self.seconds
        self._send(request)
        while True:
            answer = self._answer(deadline)
            if "callback" not in answer:
                break
            self._send(self._called_back(answer, callbacks))
        if "error" in answer:
            raise _raised(answer)
        return answer

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process is not None and self._process.stdin is not None
        try:
            self._process.stdin.write(line(message))
            self._process.stdin.flush()
        except OSError:
            self._fail("the submission has ended its process")

    def _answer(self, deadline: float) -> dict[str, Any]:
        try:
            said = self._lines.get(timeout=max(0.0, deadline - monotonic()))
        except queue.Empty:
            self._fail(
                f"no answer within {self.seconds:g} seconds: is there a loop without an end?"
            )
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
        return dict(answer)

    def _fail(self, message: str) -> None:
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
        return kind(self, int(number), str(said["name"]))

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


def _listen(process: subprocess.Popen[bytes], lines: queue.Queue[bytes]) -> None:
    """Read the answers, line by line; an empty one is the end."""
    assert process.stdout is not None
    try:
        while said := process.stdout.readline(LONGEST + 1):
            lines.put(said)
            if not said.endswith(b"\n"):
                break
    except (OSError, ValueError):  # closed meanwhile
        pass
    lines.put(b"")


def _raised(answer: dict[str, Any]) -> Exception:
    """Return the error of the submission: of its own kind where that is one of Python's."""
    kind = getattr(builtins, str(answer.get("error")), None)
    message = str(answer.get("message", ""))[:500]
    if isinstance(answer.get("line"), int):
        message = f"{message} (line {answer['line']})".strip()
    if (
        isinstance(kind, type)
        and issubclass(kind, Exception)
        and not issubclass(kind, UnicodeError)
    ):
        return kind(message)
    return SubmissionError(f"{answer.get('error')}: {message}"[:600])


def _python_only(cell: str) -> str:
    """Return a cell without the lines that only Jupyter understands."""
    return "\n".join("" if row.lstrip()[:1] in ("%", "!") else row for row in cell.split("\n"))
