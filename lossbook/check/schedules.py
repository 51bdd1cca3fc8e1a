"""Check a learning-rate schedule that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature
from typing import Any

import numpy as np

import lossbook as lb
from lossbook.check._engine import Group, Guess, Trial, examine, named, on, reference_of
from lossbook.check._report import Report
from lossbook.check._variants import changed, defaults_of, parameters_of
from lossbook.training.schedules import Schedule


def schedule(function: Callable[..., Any], *, like: Schedule) -> Report:
    """Check a function that computes a learning-rate schedule.

    Parameters
    ----------
    function : callable
        ``function(step)`` returns the learning rate of a step, counted from 0.
    like : schedule
        What it should compute. ReduceLROnPlateau, which has a memory, cannot be checked so.

    Returns
    -------
    Report
        As for :func:`lossbook.check.loss`; the input is a step.

    Raises
    ------
    TypeError
        If `function` cannot be called or `like` is not such a schedule.

    Examples
    --------
    >>> import lossbook as lb
    >>> def halved(step):
    ...     return 0.1 * 0.5 ** ((step + 1) // 10)
    >>> lb.check.schedule(halved, like=lb.StepDecay(0.1, 0.5, 10)).mistake.key
    'boundary'
    """
    reference = reference_of(like, Schedule, "a schedule", "lb.StepDecay(0.1, 0.5, 10)")
    name = named(function)
    trials = [Trial({"step": step}, reference(step)) for step in _steps(reference)]
    return examine(name, repr(reference), function, [Group(trials, _guesses(reference))])


def _steps(reference: Callable[[int], float]) -> list[int]:
    """Return the first steps, the steps around what happens, and some after the end."""
    near = {event + shift for event in _events(reference) for shift in (-1, 0, 1)}
    return sorted(step for step in {0, 1, 2, *near} if step >= 0)


def _events(reference: Any) -> list[int]:
    """Return the steps at which something happens, by the parameters that say so."""
    parameters = parameters_of(reference)
    if "boundaries" in parameters:
        return [int(boundary) for boundary in reference.boundaries]
    if "then" in parameters:
        inner = _steps(reference.then) if callable(reference.then) else [0]
        return [reference.steps, *(reference.steps + step for step in inner)]
    length = int(getattr(reference, "decay_steps", getattr(reference, "every", 10)))
    return [length, 2 * length, length // 2, length // 4, 2 * length + length // 4]


# --- what goes wrong ------------------------------------------------------------------------------


def _guesses(reference: Any) -> Iterator[Guess]:
    parameters = parameters_of(reference)
    stairs = any(getattr(reference, name, None) for name in ("boundaries", "every", "staircase"))
    early, late = ("boundary", "boundary") if stairs else ("step-from-one", "step-late")
    yield Guess(early, on(lambda step: reference(step + 1)))
    yield Guess(late, on(lambda step: reference(step - 1) if step else None))
    if "staircase" in parameters:
        yield Guess("staircase", on(changed(reference, staircase=not reference.staircase)))
    if "decay_rate" in parameters:
        smooth = {"decay_rate": np.exp(-reference.decay_rate), "staircase": False}
        yield Guess("natural-exponent", on(changed(reference, **smooth)))
        yield Guess("natural-exponent", on(changed(reference, **smooth, decay_steps=1)))
    for mistake, formula in WRONG_FORMULAS:
        needed = list(signature(formula).parameters)[1:]
        if parameters.keys() >= set(needed):
            given = {name: parameters[name] for name in needed}
            yield Guess(mistake, on(partial(formula, **given)))
    if "then" in parameters:
        yield Guess("runs-on", on(lambda step: reference(min(step, reference.steps))))
    for name, default in defaults_of(reference).items():
        if name != "staircase":
            yield Guess("parameter-ignored", on(changed(reference, **{name: default})))
    if "end_learning_rate" in parameters:
        yield Guess("parameter-ignored", on(changed(reference, end_learning_rate=0.0)))
    if (initial := getattr(reference, "initial_learning_rate", None)) is not None:
        yield Guess("factor-only", on(lambda step: reference(step) / initial))


def _wave(initial: float, alpha: float, angle: float) -> float:
    return float(initial * ((1 - alpha) * (1 + np.cos(angle)) / 2 + alpha))


def _endless_wave(
    step: int, initial_learning_rate: float, decay_steps: float, alpha: float
) -> float:
    return _wave(initial_learning_rate, alpha, np.pi * step / decay_steps)


def _wave_without_pi(
    step: int, initial_learning_rate: float, decay_steps: float, alpha: float
) -> float:
    return _wave(initial_learning_rate, alpha, min(step / decay_steps, 1.0))


def _endless_wave_without_pi(
    step: int, initial_learning_rate: float, decay_steps: float, alpha: float
) -> float:
    return _wave(initial_learning_rate, alpha, step / decay_steps)


def _endless_power(
    step: int,
    initial_learning_rate: float,
    decay_steps: float,
    end_learning_rate: float,
    power: float,
) -> float:
    drop = initial_learning_rate - end_learning_rate
    return float(drop * np.power(1 - step / decay_steps, power) + end_learning_rate)


def _drop_taken_off(step: int, initial_learning_rate: float, drop: float, every: float) -> float:
    return initial_learning_rate * float(np.power(1 - drop, step // every))


def _slope_for_stairs(step: int, initial_learning_rate: float, drop: float, every: float) -> float:
    return lb.ExponentialDecay(initial_learning_rate, every, drop)(step)


# Each is tried on the schedules that have the parameters it asks for.
WRONG_FORMULAS: list[tuple[str, Callable[..., float]]] = [
    ("drop-complement", _drop_taken_off),
    ("staircase", _slope_for_stairs),
    ("runs-on", _endless_wave),
    ("no-pi", _wave_without_pi),
    ("no-pi", _endless_wave_without_pi),
    ("runs-on", _endless_power),
]
