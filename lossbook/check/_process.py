"""A process that is talked to in lines, and that can do nothing to make the other side wait.

It may flood its output, be deaf to its input, or leave a child behind that holds the pipes open. So
only two threads of its own touch the pipes, and they hold at most a few lines.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence

from lossbook.check._wire import LONGEST


class Process:
    """A process in a session of its own, with pipes for its input and its output."""

    def __init__(
        self, command: Sequence[str], *, folder: str, environment: Mapping[str, str]
    ) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
        self._orders: queue.Queue[bytes | None] = queue.Queue()
        self._heard: queue.Queue[bytes] = queue.Queue(maxsize=1)
        self._ended = threading.Event()
        for work in (self._speak, self._listen):
            threading.Thread(target=work, daemon=True).start()

    def say(self, line: bytes) -> None:
        """Send a line, without waiting until it is read."""
        self._orders.put(line)

    def hear(self, seconds: float) -> bytes:
        """Return its next line, or an empty one at its end; raise TimeoutError after a while.

        A line longer than LONGEST is cut off, and is the last.
        """
        try:
            return self._heard.get(timeout=max(0.0, seconds))
        except queue.Empty:
            raise TimeoutError from None

    def end(self) -> None:
        """Kill it and its children, but for those in a session of their own."""
        self._ended.set()
        self._orders.put(None)
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    # Each thread closes its own pipe: to close it from outside would be to wait for the thread.

    def _speak(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError), self._process.stdin as requests:
            while (line := self._orders.get()) is not None:
                requests.write(line)
                requests.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError), self._process.stdout as answers:
            while said := answers.readline(LONGEST + 1):
                self._pass_on(said)
                if not said.endswith(b"\n"):
                    break
        self._pass_on(b"")

    def _pass_on(self, said: bytes) -> None:
        """Wait until somebody takes it: a process that says more is made to wait, too."""
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                return self._heard.put(said, timeout=0.2)
