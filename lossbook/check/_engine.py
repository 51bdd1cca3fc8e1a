"""Try a function on inputs, from the smallest on, and recognise the mistake in what it returns.

A trial is an input with the answer that is expected. A guess is a mistake with the answer that it
would give: where a function's answers equal a guess in every trial, the guess names the mistake.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook.check._mistakes import MISTAKES
from lossbook.check._report import Failure, Report, show

# Float32 gives seven digits, of which a sum of some terms costs one or two.
TOLERANCE = 1e-5
ABSOLUTE = 1e-6

Call = Callable[..., object]


@dataclass(frozen=True)
class Trial:
    """One input, by the names of the function's arguments, and the answer expected.

    `accept` decides where more than one answer is right; `without` gives the trial without one of
    its samples.
    """

    arguments: Mapping[str, Any]
    expected: Any
    accept: Callable[[Array], bool] | None = None
    without: Callable[[int], Trial | None] | None = None
    samples: int = 1


@dataclass(frozen=True)
class Guess:
    """A mistake and the answer that it gives, or None in a trial that does not show it."""

    mistake: str
    answer: Callable[[Trial], Any]


def on(formula: Callable[..., Any]) -> Callable[[Trial], Any]:
    """Return the answer of a guess that is a function of the trial's arguments."""
    return lambda trial: formula(*trial.arguments.values())


@dataclass(frozen=True)
class Group:
    """Trials that show one kind of mistake; the guesses are asked for only where one fails.

    `otherwise` names the mistake where no guess does, from a trial and the answer. What fails in a
    group of remarks is said, and does not count.
    """

    trials: list[Trial]
    guesses: Iterable[Guess] = ()
    otherwise: Callable[[Trial, Outcome], str | None] = lambda trial, outcome: None
    remark: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a function returned: an array of numbers, or what is wrong with it, in words."""

    value: Array | None
    problem: str = ""
    mistake: str | None = None

    def passes(self, trial: Trial) -> bool:
        if self.value is None or self.problem:
            return False
        return trial.accept(self.value) if trial.accept else agree(self.value, trial.expected)


def agree(received: Array, expected: Any) -> bool:
    """Say whether two answers are the same but for rounding, also where both are infinite."""
    expected = np.asarray(expected, dtype=np.float64)
    if received.shape != expected.shape:
        return False
    finite = np.abs(expected[np.isfinite(expected)])
    scale = float(finite.max(initial=0.0)) or 1.0
    close = np.isclose(received, expected, rtol=TOLERANCE, atol=ABSOLUTE * scale, equal_nan=True)
    return bool(close.all())


def copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def attempt(call: Call, trial: Trial) -> Outcome:
    """Call the function on copies of a trial's arguments and look at what comes back."""
    given = {name: copied(value) for name, value in trial.arguments.items()}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            received = call(*given.values())
            value = None if received is None else np.asarray(received)
            if value is not None and value.dtype.kind in "biuf":
                value = value.astype(np.float64)
    except NotImplementedError:
        return Outcome(None, "nothing: it raises NotImplementedError", "not-written")
    except Exception as error:
        return Outcome(None, f"an error, {type(error).__name__}: {error}".rstrip(": "))
    if value is None:
        return Outcome(None, "None", "no-return")
    if value.dtype != np.float64:
        return Outcome(None, f"{_short(received)}, which is not a number or an array of numbers")
    for name, before in trial.arguments.items():
        if isinstance(before, np.ndarray) and not np.array_equal(before, given[name], True):
            return Outcome(
                value, f"{show(value)}, and {name} was changed to {show(given[name])}", "in-place"
            )
    return Outcome(value)


def _short(received: object) -> str:
    try:
        text = repr(received)
    except Exception:
        text = ""
    return f"{type(received).__name__} {text[:60]}".rstrip()


def examine(name: str, against: str, call: Call, groups: Iterable[Group]) -> Report:
    """Try the function on the trials of each group; report the first group that fails."""
    remarks: list[Failure] = []
    tried = 0
    for group in groups:
        outcomes: list[tuple[Trial, Outcome]] = []
        for trial in group.trials:
            outcomes.append((trial, attempt(call, trial)))
            if outcomes[-1][1].value is None:
                break  # it will fail in the same way in the next
        tried += len(outcomes)
        failed = next(((trial, o) for trial, o in outcomes if not o.passes(trial)), None)
        if failed is None:
            continue
        trial, outcome = _smallest(call, *failed)
        mistake = _recognise(group.guesses, outcomes) or outcome.mistake
        if mistake is None:
            mistake = group.otherwise(trial, outcome)
        failure = Failure(
            {name: show(value) for name, value in trial.arguments.items()},
            show(trial.expected),
            outcome.problem or _received(outcome, trial),
            MISTAKES[mistake] if mistake else None,
        )
        if not group.remark:
            return Report(name, against, tried, failure)
        remarks.append(failure)
    return Report(name, against, tried, None, tuple(remarks))


def _received(outcome: Outcome, trial: Trial) -> str:
    assert outcome.value is not None
    shape, expected = outcome.value.shape, np.shape(trial.expected)
    if shape == expected:
        return show(outcome.value)
    kinds = ["a number" if s == () else f"an array of shape {s}" for s in (shape, expected)]
    return f"{show(outcome.value)}, {kinds[0]} where {kinds[1]} is expected"


def _smallest(call: Call, trial: Trial, outcome: Outcome) -> tuple[Trial, Outcome]:
    """Leave out samples one by one, as long as the function still fails."""
    if trial.without is not None:
        for index in range(trial.samples if trial.samples > 1 else 0):
            smaller = trial.without(index)
            if smaller is not None and not (found := attempt(call, smaller)).passes(smaller):
                return (smaller, found) if found.value is None else _smallest(call, smaller, found)
    return trial, outcome


def _recognise(guesses: Iterable[Guess], outcomes: list[tuple[Trial, Outcome]]) -> str | None:
    """Return the first guess that gives the function's answer in every trial that shows it."""
    answers = [(trial, outcome.value) for trial, outcome in outcomes if outcome.mistake is None]
    if not answers or any(value is None for _, value in answers):
        return None
    for guess in guesses:
        told = 0
        for trial, value in answers:
            assert value is not None
            answer = _answer(guess, trial)
            if answer is None:
                continue
            if not agree(value, answer):
                break
            told += not (value.shape == np.shape(trial.expected) and agree(value, trial.expected))
        else:
            if told:
                return guess.mistake
    return None


def _answer(guess: Guess, trial: Trial) -> Array | None:
    """Return the answer that a mistake gives, or None where it gives none."""
    with np.errstate(all="ignore"):
        try:
            answer = guess.answer(trial)
        except Exception:  # it, or a reader's own loss, need not be defined for these numbers
            return None
    return None if answer is None else np.asarray(answer, dtype=np.float64)


def named(function: object) -> str:
    """Return the name of a function, or refuse what is none."""
    if not callable(function):
        raise TypeError(
            f"expected a function, received {type(function).__name__} {function!r}; "
            "pass the function itself, without calling it"
        )
    return str(getattr(function, "__name__", type(function).__name__))


def reference_of(given: Any, kind: type, what: str, example: str, argument: str = "like") -> Any:
    """Return the loss, penalty or optimiser to compare with; a class stands for its defaults."""
    if isinstance(given, kind):
        return given
    hint = f"; did you mean {given.__name__}(...)?" if isinstance(given, type) else ""
    raise TypeError(f"{argument}: expected {what}, such as {example}, received {given!r}{hint}")
