"""The loop of all descent: init, then step after step, until it has to stop.

`fit` and `minimize` differ in the batches that they give it, and in nothing else. So do batch,
stochastic and mini-batch descent.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from math import isfinite, isnan, nan, sqrt
from numbers import Real
from typing import Any

import numpy as np

from lossbook._contracts.dtypes import Array
from lossbook.training import protocols
from lossbook.training.batches import Diverged, all_finite
from lossbook.training.progress import progress_of
from lossbook.training.result import DescentResult, History, counted
from lossbook.training.schedules import listener, rate_at
from lossbook.training.stepping import reporting

Objective = Callable[[Array, Any], tuple[float, Array]]
Callback = Callable[[int, Array, float], object]


def descend(
    objective: Objective,
    w: Array,
    optimizer: protocols.Optimizer,
    batches: Callable[[], Iterable[tuple[Any, int]]],
    rounds: int,
    unit: str,
    *,
    unseen: Callable[[Array], float] | None = None,
    callback: Callback | None,
    progress: bool,
) -> DescentResult:
    """Go down `objective(w, batch)`, a step for each batch, through the batches round by round.

    `batches` gives those of a round, each with the number of its samples; `unseen` gives the loss
    on other data. A schedule that listens hears that one after each round, or else the round's.
    """
    optimizer = deepcopy(optimizer)  # a plateau schedule remembers; the caller's is left alone
    listens = listener(getattr(optimizer, "learning_rate", None))
    run = Run(objective, w, optimizer)
    with progress_of(progress, rounds, unit) as show, run.until_stopped():
        for number in range(rounds):
            sizes = []
            for batch, size in batches():
                run.step(batch)
                sizes.append(size)
            new = nan if unseen is None else unseen(run.w)
            value = run.record(sizes, new)
            if listens is not None:
                listens.update(value if unseen is None else new)
            show(value)
            if callback is not None and callback(number, run.w, value):
                run.message = f"stopped by the callback after {unit} {number}"
                break
        else:
            run.message = f"finished {counted(rounds, unit)}"
    return run.result(validated=unseen is not None)


class Run:
    """Where a run stands, what it has recorded, and how it goes on by one step."""

    def __init__(self, objective: Objective, w: Array, optimizer: protocols.Optimizer) -> None:
        self.objective, self.optimizer = objective, optimizer
        self.w = self.last_finite = w
        self.state = optimizer.init(w)
        self.update = reporting(optimizer)
        self.losses, self.rates, self.norms = array("d"), array("d"), array("d")
        self.rounds = array("d")
        self.diverged = False
        self.message = ""

    @property
    def steps(self) -> int:
        return len(self.norms)

    def step(self, batch: Any) -> None:
        """Go one step down the objective of a batch."""
        with np.errstate(all="ignore"):  # what is not finite is seen, and said, below
            value, gradient = self.objective(self.w, batch)
            if not isfinite(value):
                raise Diverged(f"the loss is {value}")
            norm = _norm(gradient)
            if not isfinite(norm):
                raise Diverged(f"the gradient's norm is {norm}")
            self.last_finite = self.w
            w, state, rate = self.update(self.w, gradient, self.state)
            if not all_finite(w):
                raise Diverged("the step leads to parameters that are not finite", rate)
        self.w, self.state = w, state
        self.losses.append(value)
        self.rates.append(rate)
        self.norms.append(norm)

    def record(self, sizes: list[int], new: float) -> float:
        """Record a round whose batches had these sizes; return its loss."""
        steps = len(sizes)
        if steps == 1:
            loss, norm = self.losses[-1], self.norms[-1]
        else:
            shares = np.array(sizes) / sum(sizes)  # first, for the sum of products might overflow
            loss = float(np.sum(shares * self.losses[-steps:]))
            norm = float(np.sum(np.array(self.norms[-steps:]) / steps))
        self.rounds.extend((loss, self.rates[-1], norm, new))
        return loss

    @contextmanager
    def until_stopped(self) -> Iterator[None]:
        """Make an orderly end of a divergence or an interrupt (Ctrl-C), told in `message`."""
        try:
            yield
        except Diverged as what:
            self.w = self.last_finite
            self.diverged = True
            self.message = (
                f"diverged at step {self.steps}, where {what}; the usual remedy is a learning "
                f"rate{self._smaller_than(what.rate)}, or features and targets of a size near 1"
            )
        except KeyboardInterrupt:
            self.message = f"interrupted after {counted(self.steps, 'step')}"

    def _smaller_than(self, rate: float | None) -> str:
        """Say how large the rate was; before the optimiser has asked for that, nobody has."""
        if rate is None:
            rate = rate_at(getattr(self.optimizer, "learning_rate", nan), self.steps)
        known = isinstance(rate, Real) and not isnan(rate)
        return f" smaller than {float(rate):g}" if known else " that is smaller"

    def result(self, validated: bool) -> DescentResult:
        """Return what was reached and recorded."""
        n = self.steps
        loss, rate, norm, new = np.array(self.rounds).reshape(-1, 4).T.copy()
        steps = (np.array(kept[:n]) for kept in (self.losses, self.rates, self.norms))
        history = History(loss, rate, norm, new if validated else None, *steps)
        return DescentResult(np.asarray(self.w), history, self.diverged, self.message)


def _norm(gradient: Array) -> float:
    flat = gradient.ravel()
    squared = float(np.dot(flat, flat))
    if 1e-30 < squared < 1e30:  # in float32 too, neither end of the range has cost digits
        return sqrt(squared)
    largest = float(np.max(np.abs(flat)))
    if largest == 0 or not isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(flat / largest))
