"""What becomes of each mutant: tests run in a fork of a process that has imported what they need.

A first run without a mutant notes which tests call which function, and how long each takes. A
mutant then meets only the tests that call the function it is in, the quickest first, until one
fails. One fork has imported the package and collected the tests: forks of it swap the code of the
mutated module's functions. What has been used before the first test begins (constants, classes,
what is called on import) cannot be swapped: there a fork imports the package with the mutant.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import pickle
import resource
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from itertools import accumulate
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import hypothesis
import pytest
from faults import Mutant

# Seconds of tests that a mutant meets at most: what hundreds of tests let pass, the slowest few,
# which every function of the ground floor has a part in, rarely notice.
ENOUGH = 20.0

SURVIVED, KILLED, NOT_SWAPPED = 0, 1, 3
Fates = list[tuple[Mutant, int]]


@dataclass
class Seen:
    """What a run of all tests without a mutant has shown; a function is (file, first line)."""

    seconds: dict[str, float]  # of each test
    called: dict[str, set[tuple[str, int]]]  # by each test
    early: set[tuple[str, int]]  # called before the first test

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the names of the tests that can notice it, the quickest first, up to ENOUGH.

        An early effect may reach any test: there the others follow those that call the function.
        """
        inside, early = mutant.functions(), self.is_early(mutant)
        callers = {name for name in self.called if inside & self.called[name]}
        names = sorted(
            self.called if early else callers,
            key=lambda name: (name not in callers, self.seconds[name]),
        )
        ends = accumulate(map(self.seconds.__getitem__, names))
        return [name for name, end in zip(names, ends, strict=True) if end <= ENOUGH]

    def is_early(self, mutant: Mutant) -> bool:
        """Say whether it has had its effect before the first test."""
        inside = mutant.functions()
        return not inside or bool(inside & self.early)


def try_all(files: list[Path], tests: list[str], mutants: list[Mutant], jobs: int) -> Fates:
    """Return what becomes of each mutant; `tests` are files of tests, or folders."""
    arguments = [*map(str, files), *tests]

    def swapping() -> tuple[Seen | None, Fates]:
        room = _Room(files, mutants, jobs)
        _pytest(arguments, room)
        return room.seen, room.fates

    seen, fates = _told_by_a_fork(swapping) or (None, [])
    if seen is None:
        raise SystemExit("the tests do not pass without a mutant")
    known = {m: fate for m, fate in fates if fate != NOT_SWAPPED}
    rest = [mutant for mutant in mutants if mutant not in known]
    print(f"{len(rest)} are to be imported", flush=True)
    known |= dict(_fates(rest, lambda m: _imported(m, arguments, seen), seen, jobs))
    return [(mutant, known[mutant]) for mutant in mutants]


# --- pytest ---------------------------------------------------------------------------------------


def _pytest(arguments: list[str], plugin: object) -> int:
    options = ["-q", "-s", "-p", "no:cacheprovider", "--tb=short", "--doctest-modules"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # hypothesis is imported already
    return pytest.main([*options, *arguments], plugins=[plugin, _FewerExamples()])


class _FewerExamples:
    """A plugin: hypothesis draws 8 examples, for a mutant is there in all of them."""

    def pytest_configure(self) -> None:
        usual = hypothesis.settings()
        hypothesis.settings.register_profile("mutants", usual, max_examples=8)
        hypothesis.settings.load_profile("mutants")


def _pass(session: pytest.Session, items: list[pytest.Item]) -> bool:
    """Run tests one after the other until one fails."""
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return False
    return True


class _Chosen:
    """A plugin: of the tests that were collected run those that are named, in that order."""

    def __init__(self, names: list[str], mutant: Mutant) -> None:
        self.names, self.mutant = names, mutant

    def pytest_collection(self) -> None:
        # Before pytest's own finder, which reads the files that it is given itself.
        sys.meta_path.insert(0, _Mutated(self.mutant))  # type: ignore[arg-type]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        _pass(session, [items[name] for name in self.names if name in items])
        return True


class _Room:
    """A plugin: it runs each test once, noting what it calls, then tries the mutants on them."""

    def __init__(self, files: list[Path], mutants: list[Mutant], jobs: int) -> None:
        self.mutants, self.jobs = mutants, jobs
        self.calls = _Calls(files)
        self.seen: Seen | None = None
        self.fates: Fates = []

    def pytest_collection(self) -> None:
        self.calls.start()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        early = self.calls.stop()
        items = {item.nodeid: item for item in session.items}
        self.seen = _told_by_a_fork(lambda: self._see(session, early))
        if self.seen is None:
            return True
        seen = self.seen
        print(f"{len(items)} tests, {sum(seen.seconds.values()):.0f} s", flush=True)

        def fate(mutant: Mutant) -> int:
            if not swap(mutant):
                return NOT_SWAPPED
            return SURVIVED if _pass(session, [items[n] for n in seen.tests(mutant)]) else KILLED

        late = [mutant for mutant in self.mutants if not seen.is_early(mutant)]
        self.fates = _fates(late, fate, seen, self.jobs)
        return True

    def _see(self, session: pytest.Session, early: set[tuple[str, int]]) -> Seen | None:
        seen = Seen({}, {}, early)
        for item, following in zip(session.items, [*session.items[1:], None], strict=True):
            began = time.process_time()
            self.calls.start()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            seen.called[item.nodeid] = self.calls.stop()
            seen.seconds[item.nodeid] = time.process_time() - began
            if session.testsfailed:
                print(f"{item.nodeid} fails without a mutant", flush=True)
                return None
        return seen


class _Calls:
    """Notes which functions of some files are called."""

    def __init__(self, files: list[Path]) -> None:
        self.names = {str(path.resolve()): str(path) for path in files}

    def start(self) -> None:
        self.called: set[tuple[str, int]] = set()
        threading.settrace(self._note)
        sys.settrace(self._note)

    def stop(self) -> set[tuple[str, int]]:
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        return self.called

    def _note(self, frame: Any, event: str, argument: object) -> None:
        name = self.names.get(frame.f_code.co_filename)
        if name:
            self.called.add((name, frame.f_code.co_firstlineno))


# --- a mutant in place ----------------------------------------------------------------------------


def module_name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def swap(mutant: Mutant) -> bool:
    """Give the functions of a module the code that they have with the mutant, if that can be."""
    module = sys.modules.get(module_name(mutant.path))
    if module is None:
        return False
    file = str(module.__file__)
    mutated = ModuleType(module.__name__)
    vars(mutated).update(__file__=file, __package__=module.__package__)
    exec(compile(mutant.source, file, "exec", dont_inherit=True), vars(mutated))
    new = dict(_functions(vars(mutated), file))
    for name, function in _functions(vars(module), file):
        if name not in new or len(new[name].__closure__ or ()) != len(function.__closure__ or ()):
            return False
        function.__code__ = new[name].__code__
    return True


def _functions(names: Any, file: str, inside: str = "") -> Iterator[tuple[str, FunctionType]]:
    """Give the functions that are written in a file, by name; caches of them are emptied."""
    for name, value in list(names.items()):
        if isinstance(value, type):
            if value.__module__ == module_name(Path(file).relative_to(Path.cwd())):
                yield from _functions(vars(value), file, f"{inside}{name}.")
            continue
        while value is not None:
            if hasattr(value, "cache_clear"):
                value.cache_clear()
            if isinstance(value, FunctionType) and value.__code__.co_filename == file:
                yield inside + name, value
            value = _wrapped(value)


def _wrapped(value: Any) -> Any:
    if isinstance(value, cached_property):
        return value.func
    if isinstance(value, property):
        return value.fget
    return getattr(value, "__wrapped__", None) or getattr(value, "__func__", None)


class _Mutated(SourceFileLoader):
    """Finds and loads one module, with another text than that of its file."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(module_name(mutant.path), str(mutant.path.resolve()))
        self.source = mutant.source

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name != self.name:
            return None
        path = Path(self.path)
        folder = [str(path.parent)] if path.stem == "__init__" else None
        return spec_from_file_location(name, path, loader=self, submodule_search_locations=folder)

    def get_code(self, fullname: str) -> Any:
        return compile(self.source, self.path, "exec", dont_inherit=True)


def _imported(mutant: Mutant, files: list[str], seen: Seen) -> int:
    """Import the package with a mutant, and run the tests file by file."""
    names = seen.tests(mutant)
    for file in files:
        own = [name for name in names if name.startswith(file)]
        if own and _pytest([file], _Chosen(own, mutant)) != pytest.ExitCode.OK:
            return KILLED
    return SURVIVED


# --- forks ----------------------------------------------------------------------------------------


def _fates(mutants: list[Mutant], fate: Callable[[Mutant], int], seen: Seen, jobs: int) -> Fates:
    """Return what becomes of each mutant in a fork of its own."""
    waiting, running, found = mutants[::-1], {}, []
    gc.freeze()  # or each fork would copy the memory that its collector looks at
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            child = _fork()
            if not child:
                code = KILLED
                with contextlib.suppress(BaseException):
                    _limit(30 + 4 * math.ceil(sum(map(seen.seconds.get, seen.tests(mutant)))))
                    code = fate(mutant)
                os._exit(code)
            running[child] = mutant
        child, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        found.append((running.pop(child), code if code >= 0 else KILLED))
        if code == SURVIVED:
            print(found[-1][0], flush=True)
        if len(found) % 50 == 0:
            print(f"{len(found)} of {len(mutants)}", flush=True)
    return found


def _limit(seconds: int) -> None:
    """Say no more, and end where it loops or waits for ever, or takes all memory."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (2**35, 2**35))
    signal.alarm(20 * seconds)


def _fork() -> int:
    sys.stdout.flush()
    with warnings.catch_warnings():  # of libraries that have threads, which are still idle
        warnings.simplefilter("ignore")
        return os.fork()


def _told_by_a_fork(function: Callable[[], Any]) -> Any:
    """Return what a function returns in a fork, which leaves this process as it is."""
    reading, writing = os.pipe()
    child = _fork()
    if not child:
        result = None
        try:
            result = function()
        except BaseException:
            traceback.print_exc()
        with open(writing, "wb") as stream:
            pickle.dump(result, stream)
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as stream:
        result = pickle.load(stream)
    os.waitpid(child, 0)
    return result
