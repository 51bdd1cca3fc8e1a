"""Check a learning-rate schedule that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

import lossbook as lb
from lossbook.check._engine import Group, Guess, Trial, examine, named, reference_of
from lossbook.check._report import Report
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
    return examine(name, repr(reference), function, [Group(trials, _late(reference))])


def _steps(reference: Any) -> list[int]:
    """Return the first steps, the steps around what happens, and some after the end."""
    if isinstance(reference, lb.PiecewiseConstantDecay):
        events = [int(boundary) for boundary in reference.boundaries]
    elif isinstance(reference, lb.Warmup):
        inner = _steps(reference.then) if isinstance(reference.then, Schedule) else [0]
        events = [reference.steps, *(reference.steps + step for step in inner)]
    else:
        length = int(getattr(reference, "decay_steps", getattr(reference, "every", 10)))
        events = [length, 2 * length, length // 2, length // 4, 2 * length + length // 4]
    near = {event + shift for event in events for shift in (-1, 0, 1)}
    return sorted(step for step in {0, 1, 2, *near} if step >= 0)


def _late(reference: Any) -> Iterator[Guess]:
    def on(formula: Callable[[int], Any]) -> Callable[[Trial], Any]:
        return lambda trial: formula(trial.arguments["step"])

    constant = isinstance(reference, lb.PiecewiseConstantDecay | lb.StepDecay)
    stairs = constant or getattr(reference, "staircase", False)
    early, late = ("boundary", "boundary") if stairs else ("step-from-one", "step-late")
    yield Guess(early, on(lambda step: reference(step + 1)))
    yield Guess(late, on(lambda step: reference(step - 1) if step else None))
    if hasattr(reference, "staircase"):
        other = replace(reference, staircase=not reference.staircase)
        yield Guess("staircase", on(other))
    if isinstance(reference, lb.StepDecay):
        first, drop, every = reference.initial_learning_rate, reference.drop, reference.every
        yield Guess("drop-complement", on(lambda step: first * (1 - drop) ** (step // every)))
        yield Guess("staircase", on(lambda step: first * drop ** (step / every)))
    if isinstance(reference, lb.ExponentialDecay):
        first, part = reference.initial_learning_rate, reference.decay_rate
        length = reference.decay_steps
        yield Guess("natural-exponent", on(lambda step: first * np.exp(-part * step / length)))
        yield Guess("natural-exponent", on(lambda step: first * np.exp(-part * step)))
    if isinstance(reference, lb.CosineDecay):
        first, alpha = reference.initial_learning_rate, reference.alpha

        def wave(angle: float) -> float:
            return float(first * ((1 - alpha) * (1 + np.cos(angle)) / 2 + alpha))

        length = reference.decay_steps
        yield Guess("runs-on", on(lambda step: wave(np.pi * step / length)))
        yield Guess("no-pi", on(lambda step: wave(min(step / length, 1.0))))
        yield Guess("no-pi", on(lambda step: wave(step / length)))
        yield Guess("parameter-ignored", on(replace(reference, alpha=0.0)))
    if isinstance(reference, lb.PolynomialDecay):
        first, last = reference.initial_learning_rate, reference.end_learning_rate
        length, power = reference.decay_steps, reference.power
        line = on(lambda step: (first - last) * (1 - step / length) ** power + last)
        yield Guess("runs-on", line)
        yield Guess("parameter-ignored", on(replace(reference, power=1.0)))
        yield Guess("parameter-ignored", on(replace(reference, end_learning_rate=0.0)))
    if isinstance(reference, lb.Warmup):
        yield Guess("runs-on", on(lambda step: reference(min(step, reference.steps))))
    initial = getattr(reference, "initial_learning_rate", None)
    if initial is not None:
        yield Guess("factor-only", on(lambda step: reference(step) / initial))
